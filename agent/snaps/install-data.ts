/** What a change that installs a snap carries: enough to go on after the power was cut. */
import { SLOTS, type Slot } from '../../bootloader/protocol/index.ts';
import type { ChangeData } from '../engine/model.ts';

export interface InstallData {
  readonly slot: Slot;
  /** File name of the revision, `<name>_<revision>.snap`. */
  readonly file: string;
  readonly name: string;
  readonly revision: string;
  readonly version: string;
  readonly type: string;
  /** Absolute path of what was uploaded; moved to its place by the first task. */
  readonly upload: string;
  readonly size: number;
  readonly sha256: string;
}

/** As the data of a change, with the names that clients of the API read there. */
export function changeDataOf(install: InstallData): ChangeData {
  return { 'snap-names': [install.name], 'snap-name': install.name, install };
}

/** Reads it back. @throws Error where the change is of another kind */
export function installDataOf(data: ChangeData): InstallData {
  const { install } = data;
  if (!isInstallData(install)) throw new Error('cannot go on with this change: it carries no installation');
  return install;
}

function isInstallData(value: unknown): value is InstallData {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const texts = ['file', 'name', 'revision', 'version', 'type', 'upload', 'sha256'];
  return (
    SLOTS.some((slot) => slot === fields['slot']) &&
    texts.every((key) => typeof fields[key] === 'string') &&
    typeof fields['size'] === 'number'
  );
}
