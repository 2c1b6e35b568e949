import t from 'tap';
import { type CauseCode, causeOf, type Evidence } from './cause.ts';
import { formatVerdict, parseTrace, parseVerdict, type Trace } from './evidence.ts';
import { guaranteesOf } from './guarantees.ts';
import { formatRecord } from './text-record.ts';

const tried = { kernel: 'virt-kernel_x2.snap' };
const silence: Evidence = {
  tried,
  started: true,
  scriptCause: undefined,
  rule: 'after-trial',
  trace: undefined,
  verdict: undefined,
  watchdogReset: false,
  isCleanlyLeft: false,
  reset: undefined,
  panic: undefined,
  attemptsLeft: undefined,
};
const trace = (stage: Trace['stage'], message = ''): Trace => ({
  set: { kernel: 'virt-kernel_x2.snap', base: 'bookworm_x1.snap' },
  trial: true,
  stage,
  message,
  bootId: 'b',
  uptimeSeconds: 12.5,
});
const panic = { line: 'Kernel panic - not syncing: sysrq triggered crash', text: ['sysrq: Trigger a crash'] };
const verdict = {
  kind: 'bad',
  set: tried,
  bootId: 'b',
  reason: 'default.target was not reached within 300 s',
  evidence: 'x',
} as const;

t.test('every kind of end has its cause', (t) => {
  const cases: readonly (readonly [what: string, code: CauseCode, evidence: Partial<Evidence>])[] = [
    ['the agent said why', 'verdict', { verdict, trace: trace('switched') }],
    ['the agent said why, and the watchdog ended it', 'verdict', { verdict, watchdogReset: true }],
    [
      'shut down by somebody',
      'interrupted',
      { verdict: { ...verdict, kind: 'interrupted' }, trace: trace('switched') },
    ],
    ['shut down before the agent was up', 'interrupted', { trace: trace('switched'), isCleanlyLeft: true }],
    ['died in the initramfs of a clean system', 'died-in-initramfs', { trace: trace('mounted'), isCleanlyLeft: true }],
    ['panicked while it went down', 'panic', { trace: trace('switched'), isCleanlyLeft: true, panic }],
    [
      'shut down, and hung in it',
      'hang',
      { verdict: { ...verdict, kind: 'interrupted' }, trace: trace('switched'), watchdogReset: true },
    ],
    [
      'shut down, and panicked in it',
      'panic',
      { verdict: { ...verdict, kind: 'interrupted' }, trace: trace('switched'), panic },
    ],
    [
      'the agent was stopped, and the deadline came',
      'deadline',
      { verdict: { ...verdict, kind: 'interrupted' }, trace: trace('deadline') },
    ],
    ['a person said why', 'rejected', { verdict: { ...verdict, by: 'person' }, trace: trace('switched') }],
    ['the initramfs said why, and then panicked', 'initramfs-failed', { trace: trace('failed', 'x'), panic }],
    ['the agent said why, and the power was cut', 'verdict', { verdict, reset: 'cold' }],
    ['the initramfs said why, and the power was cut', 'initramfs-failed', { trace: trace('failed'), reset: 'cold' }],
    ['the dead man said why, and the power was cut', 'deadline', { trace: trace('deadline'), reset: 'cold' }],
    ['a panic after the initramfs', 'panic', { trace: trace('switched'), panic, watchdogReset: true }],
    ['a panic in the initramfs', 'panic', { trace: trace('initramfs'), panic }],
    ['a panic from the start', 'panic', { panic, reset: 'warm' }],
    ['a panic before a trial that was not started', 'missing-kernel', { panic, scriptCause: 'missing-kernel' }],
    ['power cut after the initramfs', 'power-cut', { trace: trace('switched'), reset: 'cold', attemptsLeft: 1 }],
    ['power cut in the initramfs', 'power-cut', { trace: trace('mounted'), reset: 'cold', attemptsLeft: 2 }],
    ['power cut from the start', 'power-cut', { reset: 'cold', attemptsLeft: 2 }],
    ['power cut, and nobody counts', 'power-cut', { reset: 'cold' }],
    ['power cut for the last time', 'unexplained', { trace: trace('switched'), reset: 'cold', attemptsLeft: 0 }],
    ['power cut from the start for the last time', 'unexplained', { reset: 'cold', attemptsLeft: 0 }],
    ['power cut, and no trial was started', 'missing-kernel', { reset: 'cold', scriptCause: 'missing-kernel' }],
    ['warm silence after the initramfs', 'panic', { trace: trace('switched'), reset: 'warm' }],
    ['warm silence in the initramfs', 'died-in-initramfs', { trace: trace('mounted'), reset: 'warm' }],
    ['warm silence from the start', 'died-before-initramfs', { reset: 'warm', attemptsLeft: 0 }],
    [
      'a watchdog reset of a device without memory',
      'hang',
      { trace: trace('switched'), reset: 'cold', watchdogReset: true },
    ],
    ['the initramfs said why', 'initramfs-failed', { trace: trace('failed', 'cannot mount the base') }],
    ['the dead man said why', 'deadline', { trace: trace('deadline') }],
    ['silence after the initramfs', 'panic', { trace: trace('switched') }],
    ['a watchdog reset after the initramfs', 'hang', { trace: trace('switched'), watchdogReset: true }],
    ['silence in the initramfs', 'died-in-initramfs', { trace: trace('mounted') }],
    ['a watchdog reset in the initramfs', 'hang-in-initramfs', { trace: trace('initramfs'), watchdogReset: true }],
    ['silence from the start', 'died-before-initramfs', {}],
    ['a watchdog reset from the start', 'hang-before-initramfs', { watchdogReset: true }],
    ['kernel file missing', 'missing-kernel', { scriptCause: 'missing-kernel', rule: 'not-started' }],
    ['initrd missing', 'missing-initrd', { scriptCause: 'missing-initrd' }],
    ['gadget assets missing', 'missing-gadget', { scriptCause: 'missing-gadget' }],
    ['load failed', 'load-failed', { scriptCause: 'load-failed' }],
    ['a word that this version does not know', 'load-failed', { scriptCause: 'eaten-by-mice' }],
    ['not saved', 'not-saved', { rule: 'not-saved' }],
    ['boot script damaged', 'boot-script-damaged', { rule: 'backup-script' }],
    ['never started', 'not-started', { started: false, rule: 'default' }],
    ['environment lost', 'not-started', { rule: 'record' }],
    ['no attempts left speaks of earlier silence', 'died-before-initramfs', { scriptCause: 'no-attempts' }],
    [
      'a trace of another trial does not count',
      'died-before-initramfs',
      { trace: { ...trace('failed'), set: { kernel: 'virt-kernel_x9.snap' } } },
    ],
    [
      'a verdict on another trial does not count',
      'died-before-initramfs',
      { verdict: { ...verdict, set: { base: 'bookworm_x2.snap' } } },
    ],
  ];
  for (const [what, code, evidence] of cases) t.equal(causeOf({ ...silence, ...evidence }).code, code, what);
  t.end();
});

t.test('a cause shows its evidence', (t) => {
  const { message, evidence } = causeOf({
    ...silence,
    trace: trace('failed', 'cannot mount the base'),
    watchdogReset: true,
  });
  t.equal(message, 'cannot mount the base');
  t.strictSame(evidence, [
    'initial file system: stage failed, cannot mount the base',
    'watchdog: reset the device',
    'the boot after it was chosen by rule: after-trial',
  ]);
  const all = causeOf({
    ...silence,
    verdict: { ...verdict, kind: 'interrupted' },
    panic,
    reset: 'cold',
    attemptsLeft: 1,
  });
  t.strictSame(all.evidence, [
    'agent: default.target was not reached within 300 s',
    'agent saw: x',
    'kernel: sysrq: Trigger a crash',
    'initial file system: no trace of the trial',
    'watchdog: did not reset the device',
    'memory: was without power',
    'attempts left: 1',
    'the boot after it was chosen by rule: after-trial',
  ]);
  t.equal(causeOf({ ...silence, panic }).message, panic.line, 'a panic speaks for itself');
  t.equal(causeOf({ ...silence, verdict }).evidence[0], 'agent saw: x', 'the message is not said twice');
  t.end();
});

t.test('the power is a suspect only where nobody knows better', (t) => {
  for (const stage of ['mounted', 'switched'] as const) {
    t.match(causeOf({ ...silence, trace: trace(stage) }).message, /or the power was cut$/);
    t.notMatch(causeOf({ ...silence, trace: trace(stage), reset: 'warm' }).message, /power/);
  }
  t.match(causeOf(silence).message, /or the power was cut$/);
  t.notMatch(causeOf({ ...silence, reset: 'warm' }).message, /power/);
  t.end();
});

t.test('a trace is read as the initramfs writes it', (t) => {
  const fields = { kernel: 'k_x2.snap', core: 'b_x1.snap', gadget: '', trial: '1', stage: 'mounted', message: '' };
  t.strictSame(parseTrace(formatRecord('HOLDFAST-TRACE 1', fields)), {
    set: { kernel: 'k_x2.snap', base: 'b_x1.snap' },
    trial: true,
    stage: 'mounted',
    message: '',
    bootId: '',
    uptimeSeconds: undefined,
  });
  t.match(parseTrace(formatRecord('HOLDFAST-TRACE 1', { ...fields, 'boot-id': '0a-1b', uptime: '3.42' })), {
    bootId: '0a-1b',
    uptimeSeconds: 3.42,
  });
  t.equal(parseTrace(formatRecord('HOLDFAST-TRACE 1', { ...fields, uptime: '-1e9' }))?.uptimeSeconds, undefined);
  t.equal(parseTrace(formatRecord('HOLDFAST-TRACE 1', { ...fields, stage: 'nonsense' })), undefined);
  t.equal(parseTrace(new Uint8Array(4096)), undefined);
  t.end();
});

t.test('a verdict survives the way to the medium and back', (t) => {
  t.strictSame(parseVerdict(formatVerdict(verdict)), verdict);
  t.strictSame(parseVerdict(formatVerdict({ ...verdict, by: 'person' })), { ...verdict, by: 'person' });
  const long = parseVerdict(formatVerdict({ ...verdict, evidence: 'y'.repeat(9000) }));
  t.equal(long?.reason, verdict.reason, 'the reason comes before what is cut off');
  t.equal(parseVerdict(new Uint8Array(4096).fill(0xff)), undefined);
  t.end();
});

t.test('guarantees are what the script announced, and no more', (t) => {
  const given = guaranteesOf(new Set(['dual', 'good', 'unheard-of']));
  t.strictSame(
    given.filter((g) => g.given).map((g) => g.name),
    ['dual', 'good'],
  );
  t.equal(given.length, 8, 'those that are not given are listed, too');
  t.end();
});
