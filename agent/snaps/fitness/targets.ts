/** What is to be kept fit: the files of the set that boots, and of the one that boots where that fails. Pure. */
import { type BootState, SLOTS, type Slot } from '../../../bootloader/protocol/index.ts';
import type { SetRole } from './finding.ts';

export interface Target {
  readonly file: string;
  readonly slot: Slot;
  readonly roles: readonly SetRole[];
}

/** Each file once, the good set's first. */
export function targetsOf(state: Pick<BootState, 'good' | 'previous'>): Target[] {
  const targets = new Map<string, Target>();
  for (const role of ['good', 'previous'] as const) {
    for (const slot of SLOTS) {
      const file = state[role][slot];
      if (file === undefined) continue;
      targets.set(file, { file, slot, roles: [...(targets.get(file)?.roles ?? []), role] });
    }
  }
  return [...targets.values()];
}
