/** The counts of the short bounds that may not fall: a model that sees less of the world fails before anybody relies on it. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Count {
  readonly states: number;
  readonly transitions: number;
}

const FILE = new URL('counts.json', import.meta.url);

/** By the name of the bound. */
export function readCounts(): Readonly<Record<string, Count>> {
  const all: unknown = JSON.parse(readFileSync(FILE, 'utf8'));
  if (typeof all !== 'object' || all === null) throw new Error('cannot read test/model/counts.json: it is no object');
  return all as Record<string, Count>;
}

/** Raises what has grown; what has fallen stays, and has to be explained where it is changed by hand. */
export function raiseCounts(counts: Readonly<Record<string, Count>>): void {
  const known = readCounts();
  const higher = Object.entries(counts).map(([name, { states, transitions }]) => {
    const before = known[name] ?? { states: 0, transitions: 0 };
    return [name, { states: Math.max(states, before.states), transitions: Math.max(transitions, before.transitions) }];
  });
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(higher), undefined, 2)}\n`);
}
