/** The facts and traces of a state in the shapes that the product's functions take. */
import type { causeOf } from '../../agent/boot/cause.ts';
import type { Trace, VerdictRecord } from '../../agent/boot/evidence.ts';
import type { TrialEntry } from '../../agent/boot/trial-log.ts';
import type { SeenFacts } from '../../agent/device/situation.ts';
import type { BootState } from '../../bootloader/protocol/index.ts';
import { namesOf, over, tripleOfNames } from './names.ts';
import type { Model } from './run.ts';
import { ENDS, NO_BOOT, NO_LEFT, OLD, OUTCOMES, RULES, type State, TRACES, VERDICTS } from './state.ts';

const BOOTS = ['', 'this', 'trial', 'other'];
const ABILITIES = 'dual,good,prev,gadget,attempts,watchdog,mark,reset';

type Facts = SeenFacts & { readonly initramfs: ReadonlyMap<string, string> };

const facts = new WeakMap<object, Map<number, Facts>>();

/** What the kernel command line and the initramfs say of this boot; the word goes through the real parser. */
export function factsOf({ system }: Model, state: State): Facts {
  const { ran, rule, trial, cold, watchdog, clean } = state;
  let known = facts.get(system);
  if (known === undefined) {
    known = new Map();
    facts.set(system, known);
  }
  const key = ((((ran * 16 + rule) * 2 + trial) * 2 + cold) * 2 + watchdog) * 2 + clean;
  let said = known.get(key);
  if (said === undefined) {
    const { kernel = '', base = '', gadget = '' } = namesOf(ran);
    const words = [
      `snap_core=${base} snap_kernel=${kernel} snap_gadget=${gadget} holdfast.script=${ABILITIES}`,
      `holdfast.rule=${RULES[rule]} holdfast.copy=a holdfast.reset=${cold ? 'cold' : 'warm'}`,
      trial ? 'holdfast.trial=1' : '',
    ];
    said = {
      bootId: 'this',
      booted: system.parseCommandLine(words.join(' ')),
      watchdogReset: watchdog === 1,
      initramfs: new Map([['fsck', clean === 1 ? 'clean' : 'repaired']]),
    };
    known.set(key, said);
  }
  return said;
}

/** The log's open entry. */
export function entryOf(state: State): TrialEntry | undefined {
  const what = OUTCOMES[state.outcome];
  if (what === '' || what === undefined) return undefined;
  return {
    ...{ id: 1, what: what === 'open' ? undefined : what, tried: namesOf(state.tried), good: {} },
    change: state.ofChange === 1 ? 1 : undefined,
    stagedBoot: state.stagedHere === 1 ? 'this' : 'earlier',
    reboots: state.reboots,
    rebootBoot: state.askedHere === 1 ? 'this' : undefined,
    trialBoot: state.trialBoot === NO_BOOT ? undefined : BOOTS[state.trialBoot],
    ...{ stagedTime: '', trialTime: undefined, endTime: undefined, cause: undefined, baseline: undefined },
  };
}

/** Trace and word belong to the trial that the environment names: arming blanks what was there before. */
function triedSet({ good, trying }: BootState) {
  return namesOf(over(tripleOfNames(good), tripleOfNames(trying)));
}

export function traceOf({ trace }: State, said: BootState): Trace | undefined {
  const stage = TRACES[trace];
  if (stage === undefined || stage === '') return undefined;
  return { set: triedSet(said), trial: true, stage, message: '', bootId: '', uptimeSeconds: 9 };
}

export function verdictOf({ verdict, vboot, vleft }: State, said: BootState): VerdictRecord | undefined {
  if (verdict === 0) return undefined;
  return {
    kind: VERDICTS[verdict] === 'interrupted' ? 'interrupted' : 'bad',
    ...(VERDICTS[verdict] === 'bad by a person' ? { by: 'person' as const } : {}),
    ...(vleft === NO_LEFT ? {} : { attemptsLeft: vleft }),
    ...{ set: triedSet(said), bootId: BOOTS[vboot] ?? '', reason: 'said so', evidence: '' },
  };
}

const PANIC = { line: 'Kernel panic', text: [] };

/** What the trial ended of: the same questions in the same order as `causeOfTrial`. */
export function causeOfTrial(model: Model, state: State, said: BootState): ReturnType<typeof causeOf> {
  const { system } = model;
  const facts = factsOf(model, state);
  const end = ENDS[state.jend];
  if (!system.isRightAfterTrial(facts.booted.rule, said.mode)) {
    const cause = end === 'power-cut' ? { code: end, message: '', evidence: [] } : undefined;
    const known = system.knownPowerCut({ cause, starts: state.jstarts }, said);
    if (known !== undefined) return known;
  }
  return system.causeOf(evidence(model, state, said, end === 'panic'));
}

/** What the journal concludes about the latest boot of the trial, when the next agent begins its page. */
export function endOfTrial(model: Model, state: State, said: BootState): number {
  const { code } = model.system.causeOf(evidence(model, state, said, state.text === 1));
  if (code === 'power-cut') return ENDS.indexOf('power-cut');
  return ENDS.indexOf(code === 'panic' && state.text === 1 ? 'panic' : 'other');
}

function evidence(model: Model, state: State, said: BootState, panicked: boolean) {
  return model.system.evidenceOf({
    tried: said.trying,
    state: said,
    facts: factsOf(model, state),
    trace: traceOf(state, said),
    isTraceOld: state.traceAge === OLD,
    starts: state.jstarts,
    verdict: verdictOf(state, said),
    panic: panicked ? PANIC : undefined,
  });
}
