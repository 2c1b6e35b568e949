/** Which snaps have a place in the boot set of a device (`boot.md` §3.1). */

export interface BootDevice {
  /** `classic` never boots snaps; `classic-with-modes` boots a kernel snap only. */
  readonly kind: 'core' | 'classic' | 'classic-with-modes';
  /** The model has a grade: UC20+ protocol. */
  readonly graded: boolean;
  /** `run`, or an ephemeral mode (`install`, `recover`, `factory-reset`). */
  readonly mode: string;
  /** Names in the model; `base` is `core` where the model has none. */
  readonly kernel?: string;
  readonly base?: string;
  readonly gadget?: string;
}

export interface SnapIdentity {
  readonly type: string;
  readonly name: string;
}

/**
 * True where installing the snap changes what boots. A name that the device does not know (`undefined`) does not
 * exclude. A gadget takes part on UC20+, and with the env protocol only where the running script announced `gadget`.
 */
export function participates(
  snap: SnapIdentity,
  device: BootDevice,
  abilities: ReadonlySet<string> = new Set(),
): boolean {
  if (device.kind === 'classic' || device.mode !== 'run') return false;
  const isNamed = (name: string | undefined): boolean => name === undefined || name === snap.name;
  if (snap.type === 'kernel') return isNamed(device.kernel);
  if (device.kind === 'classic-with-modes') return false;
  if (snap.type === 'base' || snap.type === 'os') return isNamed(device.base);
  if (snap.type === 'gadget') return isNamed(device.gadget) && (device.graded || abilities.has('gadget'));
  return false;
}
