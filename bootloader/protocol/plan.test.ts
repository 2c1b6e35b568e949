/** Every operation cut at and inside every durable write: what boots then is named good, or is the trial that was asked for. */
import t from 'tap';
import { readVars } from './exchange.ts';
import { keepRevisions, mayCollect } from './keep.ts';
import { adopt, cancel, confirm, placeBytes, repair, revert, stage } from './plan.ts';
import { runScript, type ScriptWorld } from './script.ts';
import { readBootState } from './state.ts';
import { type BootPlan, type BootWrite, type Medium, PLACE_BYTES, type SlotNames, type Vars } from './types.ts';

const GOOD: Vars = {
  snap_kernel: 'k_1.snap',
  snap_core: 'b_1.snap',
  snap_gadget: 'g_1.snap',
  snap_prev: 'k_0.snap b_0.snap g_1.snap',
};
const RECORD = placeBytes(GOOD);
const EMPTY = placeBytes({});
const WORLD: ScriptWorld = { has: () => true, starts: () => true, saves: () => true, script: 'main' };
const CUTS = [0, 1, 3, 4, 5, 60, 511, 512, 513, 2048, 4095];

const FRESH: Medium = {
  'env-a': placeBytes({ ...GOOD, snap_gen: '0' }),
  'env-b': placeBytes({ ...GOOD, snap_gen: '0' }),
  good: RECORD,
  mark: EMPTY,
};

function apply(medium: Medium, writes: readonly BootWrite[]): Medium {
  return Object.assign({ ...medium }, ...writes.map((write) => ({ [write.place]: write.bytes })));
}

/** The medium with the first `whole` writes done and `bytes` bytes of the next. */
function cut(medium: Medium, writes: readonly BootWrite[], whole: number, bytes: number): Medium {
  const done = apply(medium, writes.slice(0, whole));
  const next = writes[whole];
  if (next === undefined) return done;
  const torn = Buffer.from(done[next.place] ?? new Uint8Array(PLACE_BYTES));
  torn.set(next.bytes.subarray(0, bytes));
  return { ...done, [next.place]: torn };
}

function boot(
  medium: Medium,
  world: Partial<ScriptWorld> = {},
): { readonly set: SlotNames | undefined; readonly trial: boolean; readonly medium: Medium } {
  const run = runScript(medium, { ...WORLD, ...world });
  const last = run.outcome === 'boot' ? run.starts.at(-1) : undefined;
  return { set: last?.set, trial: last?.trial ?? false, medium: apply(medium, run.writes) };
}

const ARMED = apply(FRESH, stage(FRESH, { kernel: 'k_2.snap', base: 'b_2.snap' }).writes);
const TRYING = boot(ARMED).medium;
const FAILED = boot(TRYING).medium;
const NEW: SlotNames = { kernel: 'k_2.snap', base: 'b_2.snap', gadget: 'g_1.snap' };
const OLD: SlotNames = { kernel: 'k_1.snap', base: 'b_1.snap', gadget: 'g_1.snap' };
const GOOD_GONE: Partial<ScriptWorld> = { starts: (kernel) => kernel !== 'k_1.snap' };
const ON_PREVIOUS = boot(FRESH, GOOD_GONE).medium;

interface Row {
  readonly title: string;
  readonly medium: Medium;
  readonly plan: BootPlan;
  /** What may boot after a cut anywhere, as kernels; the last is what boots when nothing was cut. */
  readonly kernels: readonly string[];
  readonly trial: boolean;
  readonly world?: Partial<ScriptWorld>;
}

const ROWS: readonly Row[] = [
  {
    title: 'stage',
    medium: FRESH,
    plan: stage(FRESH, { kernel: 'k_2.snap' }),
    kernels: ['k_1.snap', 'k_2.snap'],
    trial: true,
  },
  {
    title: 'stage a second slot',
    medium: ARMED,
    plan: stage(ARMED, { gadget: 'g_2.snap' }),
    kernels: ['k_2.snap'],
    trial: true,
  },
  { title: 'cancel', medium: ARMED, plan: cancel(ARMED), kernels: ['k_2.snap', 'k_1.snap'], trial: true },
  { title: 'confirm', medium: TRYING, plan: confirm(TRYING, NEW), kernels: ['k_1.snap', 'k_2.snap'], trial: false },
  { title: 'revert', medium: FAILED, plan: revert(FAILED), kernels: ['k_1.snap'], trial: false },
  {
    title: 'repair',
    medium: { ...FRESH, 'env-a': EMPTY, good: EMPTY },
    plan: repair({ ...FRESH, 'env-a': EMPTY, good: EMPTY }),
    kernels: ['k_1.snap'],
    trial: false,
  },
  {
    title: 'adopt',
    medium: ON_PREVIOUS,
    plan: adopt(ON_PREVIOUS, { kernel: 'k_0.snap', base: 'b_0.snap' }),
    kernels: ['k_0.snap'],
    trial: false,
  },
];

t.test(
  'a cut at any byte of any write of an operation leaves a device that boots what is good, or the trial',
  async (t) => {
    for (const row of ROWS) {
      const { writes } = row.plan;
      t.ok(writes.length > 0, `${row.title} writes`);
      for (let whole = 0; whole <= writes.length; whole++) {
        for (const bytes of CUTS) {
          const medium = cut(row.medium, writes, whole, bytes);
          if (row.title === 'adopt' && !readVars(medium['env-a']) && !readVars(medium['env-b']))
            t.fail('both copies bad');
          const booted = boot(medium, row.world);
          const kernel = booted.set?.kernel ?? 'none';
          const allowed = row.title === 'adopt' ? ['none', ...row.kernels] : row.kernels;
          if (!allowed.includes(kernel))
            t.fail(`${row.title}: ${kernel} boots after ${whole} writes and ${bytes} bytes`);
          if (booted.trial && !row.trial)
            t.fail(`${row.title}: a trial starts after ${whole} writes and ${bytes} bytes`);
        }
      }
      t.equal(
        boot(apply(row.medium, writes)).set?.kernel,
        row.kernels.at(-1),
        `${row.title}: what boots when it is done`,
      );
    }
  },
);

t.test('every plan keeps one valid copy at each moment, and ends with two equal ones where it says so', async (t) => {
  for (const { title, medium, plan } of ROWS) {
    const after = apply(medium, plan.writes);
    for (let whole = 0; whole < plan.writes.length; whole++) {
      const state = readBootState(cut(medium, plan.writes, whole, 100));
      t.not(state.source, 'none', `${title}, write ${whole + 1} torn`);
      t.ok(state.copies.a.valid || state.copies.b.valid, `${title}, write ${whole + 1} torn: a copy is left`);
    }
    if (title.startsWith('stage')) t.equal(plan.writes.length, 1, `${title}: one write arms`);
    else t.same(readVars(after['env-a']), readVars(after['env-b']), `${title}: both copies say the same`);
  }
});

t.test('an operation that changes nothing writes nothing', async (t) => {
  t.same(stage(FRESH, { kernel: 'k_1.snap' }), { writes: [], reboot: false }, 'A5: the good one is named');
  t.same(stage(ARMED, { kernel: 'k_2.snap', base: 'b_2.snap' }).writes, [], 'what is armed is named again');
  for (const [title, plan] of Object.entries({
    confirm: confirm(FRESH, OLD),
    revert: revert(FRESH),
    repair: repair(FRESH),
  })) {
    t.same(plan.writes, [], title);
  }
  const confirmed = apply(TRYING, confirm(TRYING, NEW).writes);
  t.same(confirm(confirmed, NEW).writes, [], 'confirm again');
});

t.test('undoing needs a reboot only where another set boots then', async (t) => {
  const withoutTry = { withoutTry: true };
  t.same(stage(FRESH, { kernel: 'k_1.snap' }, withoutTry), { writes: [], reboot: false }, 'it is good already');
  const undone = stage(ARMED, OLD, withoutTry);
  t.not(undone.writes.length, 0);
  t.equal(undone.reboot, false, 'the trial goes, and what runs stays');
  t.equal(stage(FRESH, { kernel: 'k_2.snap' }, withoutTry).reboot, true, 'another kernel is good now');
  const other = stage(ARMED, { kernel: 'k_1.snap' }, withoutTry);
  t.equal(other.reboot, true, 'the other slot is still to be tried');
});

t.test('who goes back after a confirmation gets back the previous set that was there before', async (t) => {
  const confirmed = apply(TRYING, confirm(TRYING, NEW).writes);
  const { previous, good } = readBootState(confirmed);
  t.notSame(previous, {});
  const back = (set: SlotNames) => {
    const { writes } = stage(confirmed, previous, { withoutTry: true, previous: set });
    return readBootState(apply(confirmed, writes));
  };
  t.match(back(OLD), { good: { ...good, ...previous }, previous: OLD });
  t.same(back({}).previous, {}, 'where there was none there is none');
});

t.test('a strange name of a foreign writer is kept, and is in the way of nothing', async (t) => {
  const bytes = placeBytes({ snap_kernel: 'vmlinuz', snap_core: 'b_1.snap' });
  const strange: Medium = { 'env-a': bytes, 'env-b': bytes, good: bytes, mark: EMPTY };
  const staged = apply(strange, stage(strange, { base: 'b_2.snap' }).writes);
  t.same(readBootState(staged).good, { kernel: 'vmlinuz', base: 'b_1.snap' });
  t.same(readBootState(staged).trying, { base: 'b_2.snap' });
  const trying = boot(staged).medium;
  const kept = readBootState(apply(trying, confirm(trying, { kernel: 'vmlinuz', base: 'b_2.snap' }).writes));
  t.same([kept.mode, kept.good], ['', { kernel: 'vmlinuz', base: 'b_2.snap' }], 'the trial is confirmed');
  t.same(kept.previous, {}, 'but what could not be packed into one variable is no previous set');
});

t.test('confirm keeps the set before as the previous one, in both copies and the record', async (t) => {
  const after = apply(TRYING, confirm(TRYING, NEW).writes);
  const state = readBootState(after);
  t.same(state.good, NEW);
  t.same(state.previous, OLD);
  t.same(state.mode, '');
  t.same(state.trying, {});
  t.equal(state.attemptsLeft, undefined);
  t.same(state.record, {
    snap_kernel: 'k_2.snap',
    snap_core: 'b_2.snap',
    snap_gadget: 'g_1.snap',
    snap_prev: 'k_1.snap b_1.snap g_1.snap',
  });
  t.same([...keepRevisions(after)].sort(), ['b_1.snap', 'b_2.snap', 'g_1.snap', 'k_1.snap', 'k_2.snap']);
});

t.test('operations refuse what would lose the way back', async (t) => {
  t.throws(() => stage(TRYING, { kernel: 'k_3.snap' }), { code: 'trial-open' });
  t.throws(() => cancel(TRYING), { code: 'trial-open' });
  t.throws(() => cancel(FRESH), { code: 'not-armed' });
  t.throws(() => adopt(FRESH, OLD), { code: 'not-what-ran' });
  t.throws(() => stage(FRESH, { kernel: 'k 2.snap' }), { code: 'bad-value' });
  t.throws(() => stage(FRESH, { kernel: '../k_2.snap' }), { code: 'bad-value' });
  t.throws(() => stage(FRESH, { kernel: 'k_2.snap;reset' }), { code: 'bad-value' });
  const lost: Medium = { 'env-a': EMPTY, 'env-b': undefined, good: EMPTY, mark: EMPTY };
  for (const operation of [repair, revert, cancel]) t.throws(() => operation(lost), { code: 'nothing-good' });
  t.notOk(mayCollect(lost), 'and nothing may be collected then');
  t.same(repair(TRYING).writes, [], 'the older copy is not touched while a trial runs');
  t.same(repair(ARMED).writes, [], 'nor while one is armed');
});

t.test('with both copies bad the record brings both back, with a generation to go on from', async (t) => {
  const lost: Medium = { ...FRESH, 'env-a': EMPTY, 'env-b': undefined };
  const plan = repair(lost);
  t.same(
    plan.writes.map((write) => write.place),
    ['env-a', 'env-b'],
  );
  const state = readBootState(apply(lost, plan.writes));
  t.same([state.good, state.source, state.vars['snap_gen']], [OLD, 'env-a', '0']);
});

t.test('variables of others are kept by the agent; the record holds only names', async (t) => {
  const foreign = placeBytes({ ...GOOD, snap_gen: '2', bootcount: '7' });
  const medium: Medium = { ...FRESH, 'env-a': foreign, 'env-b': foreign };
  const after = apply(medium, stage(medium, { base: 'b_2.snap' }).writes);
  t.equal(readBootState(after).vars['bootcount'], '7');
  t.equal(readBootState(after).vars['snap_gen'], '0', 'and the generation goes round');
  const fat = placeBytes({ ...GOOD, snap_gen: '0', padding: 'x'.repeat(3940) });
  t.throws(
    () => stage({ ...FRESH, 'env-a': fat, 'env-b': fat }, { base: 'b_2.snap' }),
    { code: 'overflow' },
    'what does not fit is refused',
  );
});

t.test('marks and causes are cleared by the agent that has read them', async (t) => {
  const marked: Medium = { ...FRESH, mark: placeBytes({ snap_try_cause: 'missing-kernel' }) };
  t.equal(readBootState(marked).cause, 'missing-kernel');
  t.same(
    revert(marked).writes.map((write) => write.place),
    ['mark'],
  );
  t.same(readBootState(apply(marked, revert(marked).writes)).cause, undefined);
});

t.test(
  'a mark from before is gone before a trial is armed: after the trial it would be taken for its doing',
  async (t) => {
    const retried: Medium = { ...FRESH, mark: placeBytes({ snap_mark: 'retry-1' }) };
    const plan = stage(retried, { kernel: 'k_2.snap' });
    t.same(
      plan.writes.map((write) => write.place),
      ['mark', 'env-b'],
    );
    const afterTrial = boot(boot(apply(retried, plan.writes)).medium);
    t.equal(afterTrial.set?.kernel, 'k_1.snap', 'the good set boots at once, without the rescue');
    t.same(stage(retried, { kernel: 'k_1.snap' }).writes, [], 'where nothing is armed the mark stays');
  },
);

t.test('a cancelled trial leaves a record that can be read', async (t) => {
  const lost: Medium = { ...ARMED, good: EMPTY };
  const { record, mode } = readBootState(apply(lost, cancel(lost).writes));
  t.same(record, readVars(RECORD));
  t.equal(mode, '');
});
