/** What a snap takes for granted (`assumes`), against what this agent provides. Pure; texts are snapd's. */
import { SnapsError } from '../error.ts';
import type { DeviceView } from './view.ts';

/** The version of snapd whose behaviour snaps find here. */
export const snapdVersion = '2.68.3';

export const features: ReadonlySet<string> = new Set([
  'common-data-dir',
  'snap-env',
  'command-chain',
  'kernel-assets',
  'app-refresh-mode',
  'snap-uid-envvars',
]);

/** @throws SnapsError `bad-request` */
export function checkAssumes(
  instance: string,
  assumes: readonly string[],
  device: Pick<DeviceView, 'architecture' | 'lacksIsa'>,
): void {
  const refuse = (why: string): never => {
    throw new SnapsError('bad-request', `snap "${instance}" assumes ${why}`, { snap: instance });
  };
  for (const flag of assumes) {
    const why = whyNotIsa(flag, device);
    if (why !== undefined) refuse(`${flag}: ${why}`);
  }
  const missing = assumes.filter((flag) => !flag.startsWith('isa-') && !features.has(flag) && !isOldEnough(flag));
  if (missing.length > 0) refuse(`unsupported features: ${missing.join(', ')} (try to refresh snapd)`);
}

/** `isa-<architecture>-<name>`: of another architecture it says nothing about this device. */
function whyNotIsa(flag: string, device: Pick<DeviceView, 'architecture' | 'lacksIsa'>): string | undefined {
  if (!flag.startsWith('isa-')) return undefined;
  const [, architecture, ...isa] = flag.split('-');
  if (isa.length === 0) return 'must be in the format isa-<arch>-<isa_val>';
  return architecture === device.architecture ? device.lacksIsa(isa.join('-')) : undefined;
}

/** `snapd2.40`: numbers alone, part by part; a part more than we have is more than we are. */
function isOldEnough(flag: string): boolean {
  const wanted = /^snapd([1-9]\d*(?:\.\d+)*)$/.exec(flag)?.[1]?.split('.').map(Number);
  if (wanted === undefined) return false;
  const own = snapdVersion.split('.').map(Number);
  for (const [place, number] of wanted.entries()) {
    const ours = own[place];
    if (ours === undefined) return false;
    if (ours !== number) return ours > number;
  }
  return true;
}
