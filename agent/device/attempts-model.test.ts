/**
 * Random endings of trials, over the model of the boot script and the decisions of a start-up: no trial ever starts more
 * often than it may, nor again after it panicked, hung or was found bad; and every one comes to an end.
 */
import t from 'tap';
import {
  type BootPlan,
  DEFAULT_ATTEMPTS,
  type Medium,
  parseCommandLine,
  placeBytes,
  readBootState,
  recordVars,
  revert,
  runScript,
  stage,
} from '../../bootloader/protocol/index.ts';
import { resetOfTrial } from '../boot/attempts.ts';
import type { CauseCode } from '../boot/cause.ts';
import { phaseOf } from '../boot/phase.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { decide } from './decide.ts';

const endings = ['power-cut', 'shutdown', 'panic', 'watchdog', 'bad', 'bad, then a power cut'] as const;
type Ending = (typeof endings)[number];

const good = { snap_kernel: 'k_x1.snap', snap_core: 'b_x1.snap' };

/** Random numbers that are the same for the same seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

class Model {
  readonly #random: (below: number) => number;
  #medium: Medium;
  #reset: 'warm' | 'cold' = 'warm';
  #boots = 0;
  #entry: TrialEntry;
  /** What is known on the medium of how the trial ended, beside the environment. */
  #word: 'interrupted' | 'bad' | undefined;
  /** How each start of the trial ended. */
  readonly ends: Ending[] = [];
  /** Written down as reverted. */
  isOver = false;

  constructor(random: (below: number) => number) {
    this.#random = random;
    const copy = placeBytes({ ...good, snap_gen: '0' });
    this.#medium = { 'env-a': copy, 'env-b': copy, good: placeBytes(recordVars(good)), mark: placeBytes({}) };
    this.#entry = {
      ...{ id: 1, what: undefined, tried: { kernel: 'k_x2.snap' }, good: { kernel: 'k_x1.snap' }, change: undefined },
      ...{ stagedBoot: 'boot-0', stagedTime: '', reboots: 0, rebootBoot: undefined, trialBoot: undefined },
      ...{ trialTime: undefined, endTime: undefined, cause: undefined, baseline: undefined },
    };
    this.#apply(stage(this.#medium, this.#entry.tried), { canCut: false });
  }

  /** Switches on once and lets happen what happens. */
  boot(): void {
    this.#boots += 1;
    const run = runScript(this.#medium, { has: () => true, starts: () => true, saves: () => true, script: 'main' });
    for (const write of run.writes) this.#medium = { ...this.#medium, [write.place]: write.bytes };
    const start = run.starts.at(-1);
    if (start === undefined) throw new Error('nothing booted');
    if (start.trial) this.#trial();
    else this.#start(start.rule);
  }

  #trial(): void {
    const ending = endings[this.#random(endings.length)] ?? 'panic';
    this.ends.push(ending);
    this.#word = ending === 'shutdown' ? 'interrupted' : ending.startsWith('bad') ? 'bad' : undefined;
    if (this.#word !== undefined) this.#entry = { ...this.#entry, trialBoot: `boot-${this.#boots}` };
    this.#reset = ending.endsWith('power-cut') || ending.endsWith('power cut') ? 'cold' : 'warm';
    // The word of a bad verdict comes first; the environment follows where there is time.
    if (ending === 'bad' && this.#random(2) === 0) this.#apply(revert(this.#medium), { canCut: false });
  }

  /** The agent's start on the good set; the power may go before it has decided, and at each of its writes. */
  #start(rule: string): void {
    const reset = this.#reset;
    this.#reset = 'cold';
    if (this.#random(4) === 0) return;
    const words = `snap_kernel=k_x1.snap snap_core=b_x1.snap holdfast.rule=${rule} holdfast.script=attempts`;
    const booted = parseCommandLine(words);
    const bootId = `boot-${this.#boots}`;
    const state = readBootState(this.#medium);
    const phase = phaseOf(state, { booted, bootId }, this.#entry);
    const decision = decide({
      ...{ phase, state, rule, wasTrial: false, ran: booted.ran, entry: this.#entry, wasArmed: true },
      askedInThisBoot: false,
      interrupted: this.#word === 'interrupted',
      cause: this.#cause(resetOfTrial({ rule, reset })),
      countsAttempts: booted.abilities.has('attempts'),
    });
    switch (decision.kind) {
      case 'again':
        this.#apply(stage(this.#medium, state.trying, { attempts: state.attemptsLeft ?? 0 }), { canCut: true });
        if (readBootState(this.#medium).mode === 'try' && this.#random(3) > 0) this.#word = undefined;
        break;
      case 'reboot':
        this.#entry = { ...this.#entry, reboots: this.#entry.reboots + 1 };
        break;
      case 'reverted':
        this.isOver = true;
        return;
      default:
        throw new Error(`decided ${decision.kind}`);
    }
    this.#reset = this.#random(2) === 0 ? 'cold' : 'warm';
  }

  /** The order of certainty: what somebody wrote, then the reset, then silence. */
  #cause(reset: 'warm' | 'cold' | undefined): CauseCode {
    if (this.#word === 'bad') return 'verdict';
    if (this.ends.at(-1) === 'watchdog' && reset === 'warm') return 'hang';
    if (this.#word === 'interrupted') return 'interrupted';
    return reset === 'cold' ? 'power-cut' : 'panic';
  }

  /** Carries out a plan; where the power may go, only its first writes reach the medium. */
  #apply({ writes }: BootPlan, { canCut }: { readonly canCut: boolean }): void {
    const done = canCut ? this.#random(writes.length + 1) : writes.length;
    for (const { place, bytes } of writes.slice(0, done)) this.#medium = { ...this.#medium, [place]: bytes };
  }
}

t.test('no sequence of endings starts a trial too often, or after it was shown to be bad', (t) => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 4000; seed++) {
    const model = new Model(randomOf(seed));
    let boots = 0;
    while (!model.isOver && boots < 40) {
      model.boot();
      boots += 1;
    }
    const { ends } = model;
    const what = `seed ${seed}: ${ends.join('; ')}`;
    if (!model.isOver) t.fail(`${what}: it never comes to an end`);
    if (ends.length > DEFAULT_ATTEMPTS) t.fail(`${what}: it started ${ends.length} times`);
    const early = ends.slice(0, -1);
    if (!early.every((ending) => ending === 'power-cut' || ending === 'shutdown')) {
      t.fail(`${what}: it started again after it was shown to be bad`);
    }
    seen.add(ends.join('; '));
  }
  t.ok(seen.has('power-cut; power-cut; power-cut'), 'three power cuts in a row were among them');
  t.ok(seen.has('shutdown; power-cut; panic'), 'and a panic after two starts that said nothing');
  t.ok(
    [...seen].some((ends) => ends.startsWith('bad, then a power cut')),
    'and a verdict whose reboot was a power cut',
  );
  t.end();
});
