/** How a snap may be confined here, and how it was asked to be. Pure; texts are snapd's. */
import { SnapsError } from '../error.ts';
import type { SnapFlags } from '../record/model.ts';
import type { DeviceView, SnapFacts } from './view.ts';

/** @throws SnapsError `bad-request` where two of them contradict */
export function checkModes({ devmode, jailmode, classic }: SnapFlags): void {
  const refuse = (modes: string): never => {
    throw new SnapsError('bad-request', `cannot use ${modes} flags together`);
  };
  if (devmode === true && jailmode === true) refuse('devmode and jailmode');
  if (devmode === true && classic === true) refuse('classic and devmode');
}

/**
 * The modes that a revision is installed with: what was asked for, without classic where the snap is strict anyway, and with
 * it where the snap has it already.
 * @throws SnapsError `needs-devmode`, `needs-classic`, `needs-classic-system`
 */
export function modesFor(
  instance: string,
  facts: Pick<SnapFacts, 'confinement'>,
  asked: SnapFlags,
  before: SnapFlags,
  device: Pick<DeviceView, 'classic'>,
): SnapFlags {
  const refuse = (code: 'needs-devmode' | 'needs-classic' | 'needs-classic-system', why: string): never => {
    throw new SnapsError(code, `snap "${instance}" requires ${why}`, { snap: instance });
  };
  const { devmode = false, jailmode = false, ...others } = asked;
  const isClassic = asked.classic === true || (before.classic === true && !devmode && !jailmode);
  const needsClassic = facts.confinement === 'classic';
  if (facts.confinement === 'devmode' && !devmode && !jailmode)
    refuse('needs-devmode', 'devmode or confinement override');
  if (needsClassic && !device.classic) {
    refuse('needs-classic-system', 'classic confinement which is only available on classic systems');
  }
  if (needsClassic && !isClassic && before.classic !== true) refuse('needs-classic', 'classic confinement');
  const { classic, ...rest } = others;
  return {
    ...rest,
    ...(devmode ? { devmode } : {}),
    ...(jailmode ? { jailmode } : {}),
    ...(isClassic && needsClassic ? { classic: true } : {}),
  };
}
