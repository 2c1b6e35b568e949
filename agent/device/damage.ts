/** Writes down that the state was damaged, with all that can be known of what was lost. */
import type { OpenState, StateDamage } from './open-state.ts';
import type { Parts } from './parts.ts';

/** What a start-up needs to know of how the state was opened. */
export type StateFound = Pick<OpenState, 'damage' | 'isNew' | 'forgetDamage'>;

/** The damage that was found; of a state that is gone altogether only the boot journal can tell that there was one. */
export function damageOf(state: StateFound, { journal }: Pick<Parts, 'journal'>): StateDamage | undefined {
  const boots = journal.list().length;
  if (state.damage !== undefined || !state.isNew || boots === 0) return state.damage;
  return {
    what: 'state-rebuilt',
    message: 'the state was gone and was made again from the files and the boot environment',
    evidence: [
      `there was no database, log or checkpoint, but the boot journal knows ${boots} ${boots === 1 ? 'boot' : 'boots'}`,
      'lost: all that was asked of this device before, and how far it got',
    ],
  };
}

/**
 * Into the log of trials, and the log of the daemon.
 * @param before the snap files that the state knew before it was brought in line with those that are there
 */
export async function noteDamage(
  { trials, facts, inventory, world }: Parts,
  damage: StateDamage,
  before: ReadonlySet<string>,
  state: StateFound,
): Promise<void> {
  const { what, message } = damage;
  const unknown = inventory.list().flatMap(({ file }) => (before.has(file) ? [] : [file]));
  const found = unknown.length === 0 ? [] : [`snap files that the state did not know: ${unknown.join(', ')}`];
  const evidence = [...damage.evidence, ...found];
  for (const line of [message, ...evidence]) world.say(`state: ${line}`);
  trials.note(what, facts.booted.ran, { code: 'state-lost', message, evidence });
  await state.forgetDamage();
}
