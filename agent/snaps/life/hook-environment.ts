/** The environment in which the agent runs a hook, out of the table that the launcher has, too; and its command. Pure. */

import type { SnapInfo } from '../../../images/snap/index.ts';
import type { Place } from '../../../images/snap/units/index.ts';
import { environmentAfter, ownSettings, snapSettings } from '../../confine/launch/index.ts';
import { mountPointOf } from './places.ts';
import type { HookRun } from './world.ts';

interface Machine {
  /** Debian's name. */
  readonly architecture: string;
  /** Whether there is a folder for data of this snap that outlives a factory reset. */
  readonly hasSaveFolder: boolean;
}

/** Hooks run as root, with nothing of the agent's own. */
const root = { home: '/root', uid: 0, euid: 0 };
const before = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  HOME: root.home,
};

/**
 * A hook as it is run: the snap's command chain before it, the snap's and the hook's variables around it.
 * @throws LaunchError `too-large`
 */
export function hookCommand(info: SnapInfo, hook: string, place: Place, machine: Machine): Omit<HookRun, 'seconds'> {
  const snap = mountPointOf(place);
  const { commandChain = [], environment = [] } = info.hooks.get(hook) ?? {};
  const settings = [
    ...snapSettings(info, place, machine.architecture),
    ...ownSettings([...info.environment, ...environment]),
  ];
  return {
    command: [...commandChain.map((part) => `${snap}/${part}`), `${snap}/meta/hooks/${hook}`],
    env: environmentAfter(settings, before, root, () => machine.hasSaveFolder),
  };
}
