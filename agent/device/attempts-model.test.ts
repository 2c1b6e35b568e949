/**
 * Random endings of trials, over the model of the boot script and the decisions of a start-up: no trial ever starts more
 * often than it may, nor again after it panicked, hung or was found bad; and every one comes to an end.
 */
import t from 'tap';
import {
  type BootWrite,
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
import { resetOfTrial, wordOfTrial } from '../boot/attempts.ts';
import { causeOf } from '../boot/cause.ts';
import type { Trace, VerdictRecord } from '../boot/evidence.ts';
import { phaseOf } from '../boot/phase.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { decide } from './decide.ts';

const endings = ['power cut', 'shutdown', 'panic', 'watchdog', 'bad', 'bad, then a power cut'] as const;
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

/** What the kernel and the boot script say about how the machine came to a boot. */
interface Came {
  readonly reset: 'warm' | 'cold';
  readonly watchdogReset: boolean;
}

const warm: Came = { reset: 'warm', watchdogReset: false };
const cold: Came = { reset: 'cold', watchdogReset: false };
const byWatchdog: Came = { reset: 'warm', watchdogReset: true };

const tried = { kernel: 'k_x2.snap' };

class Model {
  readonly #random: (below: number) => number;
  #medium: Medium;
  #came = warm;
  #boots = 0;
  #entry: TrialEntry;
  #trace: Trace | undefined;
  #word: VerdictRecord | undefined;
  /** How each start of the trial ended. */
  readonly ends: Ending[] = [];
  /** Written down as reverted. */
  isOver = false;

  constructor(random: (below: number) => number) {
    this.#random = random;
    const copy = placeBytes({ ...good, snap_gen: '0' });
    this.#medium = { 'env-a': copy, 'env-b': copy, good: placeBytes(recordVars(good)), mark: placeBytes({}) };
    this.#entry = {
      ...{ id: 1, what: undefined, tried, good: { kernel: 'k_x1.snap' }, change: undefined },
      ...{ stagedBoot: 'boot-0', stagedTime: '', reboots: 0, rebootBoot: undefined, trialBoot: undefined },
      ...{ trialTime: undefined, endTime: undefined, cause: undefined, baseline: undefined },
    };
    this.#apply(stage(this.#medium, tried).writes);
  }

  /** Switches on once and lets happen what happens. */
  boot(): void {
    this.#boots += 1;
    const run = runScript(this.#medium, { has: () => true, starts: () => true, saves: () => true, script: 'main' });
    this.#apply(run.writes);
    const start = run.starts.at(-1);
    if (start === undefined) throw new Error('nothing booted');
    if (start.trial) this.#trial();
    else this.#goodSet(start.rule);
  }

  #trial(): void {
    const bootId = `boot-${this.#boots}`;
    const ending = endings[this.#random(endings.length)] ?? 'panic';
    this.ends.push(ending);
    // Some die before their initramfs has left a trace, some before their agent has taken an older word back.
    const reached = ending === 'shutdown' || ending.startsWith('bad') ? 2 : this.#random(3);
    if (reached > 0) {
      this.#trace = { set: tried, trial: true, stage: 'switched', message: '', bootId, uptimeSeconds: 9 };
    }
    if (reached > 1) {
      this.#entry = { ...this.#entry, trialBoot: bootId };
      this.#word = this.#wordOf(ending, bootId);
    }
    this.#came = ending.endsWith('power cut') ? cold : ending === 'watchdog' ? byWatchdog : warm;
    // The word of a bad verdict comes first; the environment follows where there is time.
    if (ending === 'bad' && this.#random(2) === 0) this.#apply(revert(this.#medium).writes);
  }

  #wordOf(ending: Ending, bootId: string): VerdictRecord | undefined {
    const { attemptsLeft = 0 } = readBootState(this.#medium);
    const word = { attemptsLeft, set: tried, bootId, reason: 'said so', evidence: '' };
    if (ending === 'shutdown') return { kind: 'interrupted', ...word };
    return ending.startsWith('bad') ? { kind: 'bad', ...word } : undefined;
  }

  /** The agent's start on the good set; the power may go before it has decided, and at each of its writes. */
  #goodSet(rule: string): void {
    const { reset, watchdogReset } = this.#came;
    this.#came = this.#random(2) === 0 ? cold : warm;
    if (this.#random(4) === 0) return;
    const { booted, ...rest } = this.#situation(rule, { reset, watchdogReset });
    const decision = decide({ ...rest, rule, wasTrial: booted.trial, ran: booted.ran });
    if (decision.kind === 'again') {
      const { writes } = stage(this.#medium, rest.state.trying, { attempts: rest.state.attemptsLeft ?? 0 });
      const isCut = this.#random(3) === 0;
      this.#apply(writes.slice(0, isCut ? this.#random(writes.length + 1) : writes.length));
      if (isCut) return;
      this.#trace = undefined;
      if (this.#random(2) === 0) this.#word = undefined;
    } else if (decision.kind === 'reboot') {
      this.#entry = { ...this.#entry, reboots: this.#entry.reboots + 1 };
    } else if (decision.kind === 'reverted') {
      this.isOver = true;
    } else {
      throw new Error(`decided ${decision.kind}`);
    }
  }

  /** As a start-up reads it. */
  #situation(rule: string, { reset, watchdogReset }: Came) {
    const words = `snap_kernel=k_x1.snap snap_core=b_x1.snap holdfast.rule=${rule} holdfast.script=attempts`;
    const booted = parseCommandLine(`${words} holdfast.reset=${reset}`);
    const state = readBootState(this.#medium);
    const phase = phaseOf(state, { booted, bootId: `boot-${this.#boots}` }, this.#entry);
    const verdict = wordOfTrial(this.#word, state.attemptsLeft);
    const { code } = causeOf({
      ...{ tried, started: state.mode !== 'try', scriptCause: state.cause, rule, trace: this.#trace, verdict },
      ...{ watchdogReset, reset: resetOfTrial(booted), panic: undefined, attemptsLeft: state.attemptsLeft },
      isCleanlyLeft: false,
    });
    return {
      ...{
        booted,
        state,
        phase,
        entry: this.#entry,
        wasArmed: true,
        isNext: false,
        askedInThisBoot: false,
        countsAttempts: true,
      },
      interrupted: verdict?.kind === 'interrupted' && verdict.bootId === this.#entry.trialBoot && !watchdogReset,
      cause: phase === 'failed' ? code : undefined,
    };
  }

  #apply(writes: readonly BootWrite[]): void {
    for (const { place, bytes } of writes) this.#medium = { ...this.#medium, [place]: bytes };
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
    if (!early.every((ending) => ending === 'power cut' || ending === 'shutdown')) {
      t.fail(`${what}: it started again after it was shown to be bad`);
    }
    seen.add(ends.join('; '));
  }
  t.ok(seen.has('power cut; power cut; power cut'), 'three power cuts in a row were among them');
  t.ok(seen.has('shutdown; power cut; panic'), 'and a panic after two starts that said nothing');
  t.ok(
    [...seen].some((ends) => ends.startsWith('bad, then a power cut')),
    'and a verdict whose reboot was a power cut',
  );
  t.end();
});
