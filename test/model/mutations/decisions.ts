/** Decisions of the agent and of the boot script that are wrong. */

import type { Decision, Situation } from '../../../agent/device/decide.ts';
import { placeBytes, readVars } from '../../../bootloader/protocol/index.ts';
import { realSystem } from '../system.ts';
import { changed, habit, type Mutation } from './mutation.ts';

const { decide, evidenceOf, runScript, situationOf } = realSystem;

/** Another decision where `wrong` says one. */
const deciding = (wrong: (situation: Situation, right: Decision) => Decision['kind'] | undefined) =>
  changed({
    decide: (situation) => {
      const right = decide(situation);
      const kind = wrong(situation, right);
      return kind === undefined ? right : { kind };
    },
  });

export const decisionMutations: readonly Mutation[] = [
  {
    name: 'a trial starts again whatever it ended of',
    of: 'attempts',
    system: deciding(({ phase, state }, { kind }) =>
      phase === 'failed' && kind === 'reverted' && (state.attemptsLeft ?? 0) > 0 && state.mode === ''
        ? 'again'
        : undefined,
    ),
  },
  {
    name: 'the boot script does not count attempts',
    of: 'attempts',
    system: changed({
      runScript: (medium, world) => {
        const run = runScript(medium, world);
        const writes = run.writes.map((write) => {
          const vars = readVars(write.bytes) ?? {};
          if (vars['snap_mode'] !== 'trying') return write;
          return { ...write, bytes: placeBytes({ ...vars, snap_try_left: '3' }) };
        });
        return { ...run, writes };
      },
    }),
  },
  {
    name: 'every boot takes its own reset for the end of the trial',
    of: 'attempts',
    system: changed({
      evidenceOf: (traces) => {
        const { reset } = traces.facts.booted;
        return { ...evidenceOf(traces), ...(reset === undefined ? {} : { reset }) };
      },
    }),
  },
  {
    name: 'what ran was not armed where its change does not say so',
    of: 'attempts',
    system: changed({ situationOf: (seen) => ({ ...situationOf(seen), wasArmed: seen.wasArmed }) }),
  },
  {
    name: 'a trial that comes back was kept',
    of: 'one-story',
    system: deciding((_, { kind }) => (kind === 'reverted' ? 'confirmed' : undefined)),
  },
  {
    name: 'a trial that runs is left alone',
    of: 'at-rest',
    system: deciding((_, { kind }) => (kind === 'judge' ? 'rest' : undefined)),
  },
  {
    name: 'a previous set that runs is left alone',
    of: 'at-rest',
    system: deciding((_, { kind }) => (kind === 'fell-back' ? 'rest' : undefined)),
    faults: 1,
    isDeep: true,
  },
  {
    name: 'the boot of a trial that was kept gives the next one up',
    of: 'two-boots',
    system: changed({ situationOf: (seen) => ({ ...situationOf(seen), isNext: false }) }),
    isDeep: true,
  },
  {
    name: 'after a trial the boot script resets once more',
    of: 'two-boots',
    system: changed({
      runScript: (medium, world) => {
        const run = runScript(medium, world);
        return run.starts.at(-1)?.rule === 'after-trial' ? { ...run, outcome: 'reset' } : run;
      },
    }),
  },
  {
    name: 'a trial stops the count of starts',
    of: 'no-loop',
    system: changed({
      runScript: (medium, world) => {
        const { unfinishedStarts, ...run } = runScript(medium, world);
        return unfinishedStarts === undefined || unfinishedStarts === 'trial' ? run : { ...run, unfinishedStarts };
      },
    }),
    faults: 1,
  },
  {
    name: 'the good set is started for ever',
    of: 'no-loop',
    system: changed({
      runScript: (medium, { unfinishedStarts, ...world }) => {
        return { ...runScript(medium, world), ...(unfinishedStarts === undefined ? {} : { unfinishedStarts }) };
      },
    }),
    faults: 1,
  },
  {
    name: 'the initramfs does not mark a good set that it cannot mount',
    of: 'two-boots',
    system: habit({ marksFailure: false }),
    slots: [1],
    faults: 1,
    isDeep: true,
  },
  {
    name: 'the initramfs does not set the count of starts to 0',
    of: 'at-rest',
    system: habit({ resetsCount: false }),
  },
  {
    name: 'what the boot script wrote is not flushed',
    of: 'attempts',
    system: habit({ flushesFirst: false }),
  },
  {
    name: 'the environment is put right before the log says why',
    of: 'attempts',
    system: habit({ decidesFirst: false }),
  },
  {
    name: 'the log says that a trial was kept before both copies do',
    of: 'one-story',
    system: habit({ mendsFirst: false }),
    faults: 1,
    isDeep: true,
  },
];
