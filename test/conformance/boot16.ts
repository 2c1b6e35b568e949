/** Histories of the env protocol, played on a device of ours and compared with snapd's answers step by step. */
import { type BootWrite, type Medium, readBootState, readVars, slotsOf } from '../../bootloader/protocol/index.ts';
import { DIFFERENCES } from './differences.ts';
import { type Encounter, type Seen, sameSide, verdictOn } from './encounter.ts';
import { type AnswerStep, type History, type Operation, parseAnswer, parseHistory, type Variables } from './history.ts';
import { answerIn, jsonIn, namesIn } from './json.ts';
import type { CaseReport, Kind } from './kind.ts';
import { bootedWith, type Machine, machineOf, play, rewritten, snapdVars, varsOf, written } from './machine.ts';
import type { Side } from './snapd-rules.ts';
import { UbootFile } from './uboot-file.ts';

export const boot16: Kind = { name: 'boot16', path: 'boot16', run: (corpus) => reports(corpus, 'boot16') };

function* reports(corpus: string, kind: string): Iterable<CaseReport> {
  for (const name of namesIn(corpus, kind)) {
    const history = parseHistory(jsonIn(corpus, `${kind}/${name}`));
    yield judge(name, history, parseAnswer(answerIn(corpus, kind, name), history));
  }
}

/** What a history's answers are to ours; one verdict for each operation. */
export function judge(name: string, history: History, answer: ReturnType<typeof parseAnswer>): CaseReport {
  const report = { name, equal: 0, intended: [] as string[], unmatched: [] as string[], notBuilt: [] as string[] };
  if (history.isGraded) return { ...report, notBuilt: history.operations.map(() => 'UC20+ protocol') };
  const player = new Player(history, answer.initial);
  history.operations.forEach((operation, at) => {
    const step = answer.steps[at];
    if (step === undefined) return;
    const verdict = player.step(operation, step);
    if (verdict.kind === 'equal') report.equal += 1;
    if (verdict.kind === 'intended') report.intended.push(verdict.name);
    if (verdict.kind === 'not-built') report.notBuilt.push('UC20+ protocol');
    if (verdict.kind === 'unmatched') report.unmatched.push(`step ${at + 1}, ${verdict.text}`);
  });
  return report;
}

type StepVerdict =
  | { readonly kind: 'equal' }
  | { readonly kind: 'intended'; readonly name: string }
  | { readonly kind: 'not-built' }
  | { readonly kind: 'unmatched'; readonly text: string };

/**
 * Goes through a history. Where a step differs, the history goes on from snapd's variables, as if somebody else had written
 * them: each step is judged alone, and one difference does not hide the next.
 */
class Player {
  readonly #file: UbootFile | undefined;
  #machine: Machine;
  #vars: Variables;
  #writes = 0;

  constructor({ bootloader }: History, initial: Variables) {
    this.#vars = snapdVars(initial);
    this.#machine = machineOf(initial);
    this.#file = bootloader === 'uboot' ? new UbootFile(this.#vars) : undefined;
  }

  step(operation: Operation, step: AnswerStep): StepVerdict {
    const machine = this.#machine;
    const before = this.#vars;
    const snapd: Side = { answer: step.answer, vars: snapdVars(step.vars) };
    const isWritten = step.writes === undefined || step.writes > this.#writes;
    this.#writes = step.writes ?? 0;
    const played = play(machine, operation);
    if (played === undefined) {
      this.#goOn(operation, machine, snapd);
      return { kind: 'not-built' };
    }
    const isCut = step.answer.said === 'cut';
    const after = isCut ? machine : played.after;
    const ours: Side = { answer: isCut ? { said: 'cut' } : played.answer, vars: this.#read(after) };
    const faults = cutFaults(machine.medium, played.writes);
    // A write is worn flash and one more moment at which the power can go.
    if (!isCut && !isWritten && operation.op === 'set_next' && played.writes.length > 0 && sameSide(snapd, ours))
      faults.push('we write although nothing changes');
    const encounter = { operation, before, snapd, ours, seen: seenBy(machine) };
    if (faults.length > 0) {
      this.#goOn(operation, after, snapd);
      return { kind: 'unmatched', text: `${faults.join('; ')}\n${textOf(encounter)}` };
    }
    const verdict = isCut && sameSide(snapd, ours) ? 'equal' : verdictOn(DIFFERENCES, encounter);
    if (verdict === 'equal') {
      this.#machine = after;
      this.#vars = snapd.vars;
      return { kind: 'equal' };
    }
    this.#goOn(operation, after, snapd);
    if (verdict === 'unmatched') return { kind: 'unmatched', text: textOf(encounter) };
    return { kind: 'intended', name: verdict.name };
  }

  #read(machine: Machine): Variables {
    const vars = snapdVars(varsOf(machine));
    return this.#file === undefined ? vars : snapdVars(this.#file.write(vars));
  }

  #goOn(operation: Operation, machine: Machine, { answer, vars }: Side): void {
    this.#vars = vars;
    this.#file?.write(vars);
    const next = rewritten(machine, vars);
    if (operation.op !== 'bootloader' || answer.said !== 'boots') {
      this.#machine = next;
      return;
    }
    const { kernel, base } = answer;
    const trial = vars['snap_mode'] === 'trying';
    const set = { ...(kernel === '' ? {} : { kernel }), ...(base === '' ? {} : { base }) };
    const booted = bootedWith({ set, rule: trial ? 'try' : 'default', copy: 'a', trial });
    this.#machine = { ...next, booted, isStagedHere: false };
  }
}

/** What of a plan a power cut would turn into neither the state before nor the one after it; every write, whole and torn. */
function cutFaults(medium: Medium, writes: readonly BootWrite[]): string[] {
  const [before, after] = [seenVars(medium), seenVars(written(medium, writes))];
  return writes.flatMap((write, at) => {
    const whole = written(medium, writes.slice(0, at));
    const there = whole[write.place] ?? new Uint8Array(write.bytes.length);
    const half = write.bytes.length >> 1;
    const torn = Uint8Array.from(write.bytes, (byte, offset) => (offset < half ? byte : (there[offset] ?? 0)));
    return [whole, { ...whole, [write.place]: torn }].flatMap((cut) => {
      const vars = seenVars(cut);
      return vars === before || vars === after ? [] : [`a power cut in write ${at + 1} leaves ${vars}`];
    });
  });
}

function seenVars(medium: Medium): string {
  const { snap_gen: _, ...vars } = readBootState(medium).vars;
  return JSON.stringify(Object.entries(vars).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function seenBy(machine: Machine): Seen {
  const { medium, booted } = machine;
  const { record, vars } = readBootState(medium);
  const images = [medium['env-a'], medium['env-b'], medium.good].map((bytes) => readVars(bytes) ?? {});
  const files = images.flatMap((image) => Object.values(image).flatMap((value) => value.split(' ')));
  return {
    ran: snapdVars({ snap_kernel: booted.ran.kernel ?? '', snap_core: booted.ran.base ?? '' }),
    isTrial: booted.trial,
    record: record === undefined ? undefined : snapdVars(record),
    named: new Set([...files.filter((file) => file.endsWith('.snap')), ...Object.values(booted.ran)]),
    goodGadget: slotsOf(vars, 'good').gadget ?? '',
  };
}

function textOf({ operation, before, snapd, ours, seen }: Encounter): string {
  return [
    JSON.stringify(operation),
    `  before: ${JSON.stringify(before)}`,
    `  ran:    ${JSON.stringify(seen.ran)}${seen.isTrial ? ' as a trial' : ''}`,
    `  snapd:  ${JSON.stringify(snapd.answer)} ${JSON.stringify(snapd.vars)}`,
    `  ours:   ${JSON.stringify(ours.answer)} ${JSON.stringify(ours.vars)}`,
  ].join('\n');
}
