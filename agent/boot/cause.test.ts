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
  reset: undefined,
  panic: undefined,
  attemptsLeft: undefined,
};
const trace = (stage: Trace['stage'], message = ''): Trace => ({
  set: { kernel: 'virt-kernel_x2.snap', base: 'bookworm_x1.snap' },
  trial: true,
  stage,
  message,
});
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
    [
      'shut down, and hung in it',
      'hang',
      { verdict: { ...verdict, kind: 'interrupted' }, trace: trace('switched'), watchdogReset: true },
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
    'this boot was chosen by rule: after-trial',
    'initial file system: stage failed, cannot mount the base',
    'watchdog: reset the device',
  ]);
  t.end();
});

t.test('a trace is read as the initramfs writes it', (t) => {
  const fields = { kernel: 'k_x2.snap', core: 'b_x1.snap', gadget: '', trial: '1', stage: 'mounted', message: '' };
  t.strictSame(parseTrace(formatRecord('HOLDFAST-TRACE 1', fields)), {
    set: { kernel: 'k_x2.snap', base: 'b_x1.snap' },
    trial: true,
    stage: 'mounted',
    message: '',
  });
  t.equal(parseTrace(formatRecord('HOLDFAST-TRACE 1', { ...fields, stage: 'nonsense' })), undefined);
  t.equal(parseTrace(new Uint8Array(4096)), undefined);
  t.end();
});

t.test('a verdict survives the way to the medium and back', (t) => {
  t.strictSame(parseVerdict(formatVerdict(verdict)), verdict);
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
  t.equal(given.length, 7, 'those that are not given are listed, too');
  t.end();
});
