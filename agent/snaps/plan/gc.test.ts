/**
 * What becomes of the sequence of revisions (lifecycle-vectors.md, section C): each plan is run on the record with the
 * transitions that its tasks make, and undone from wherever it fails.
 */
import t from 'tap';
import type { ChangePlan, NewTask } from '../../engine/plan.ts';
import { sequenceFileText } from '../record/file.ts';
import { linked, linkReversed } from '../record/link.ts';
import { isInstalled, type SnapRecord } from '../record/model.ts';
import { blockedRevisions } from '../record/sequence.ts';
import { reversed } from '../record/step.ts';
import { discarded, discardReversed, unlinked } from '../record/transitions.ts';
import { retainOf } from './options.ts';
import { planRefresh } from './refresh.ts';
import { planRemove } from './remove.ts';
import { planRevert } from './revert.ts';
import { linkingOf, setupIn } from './setup.ts';
import { candidate, installed, kinds, type Scene, viewOf } from './testing.ts';

const now = new Date('2026-01-02T03:04:05Z');
type Undo = (record: SnapRecord | undefined) => SnapRecord | undefined;

/** Runs a plan on the record; fails after `failAfter`, and undoes everything then. */
function run(record: SnapRecord, plan: ChangePlan, failAfter?: string): SnapRecord | undefined {
  let now: SnapRecord | undefined = record;
  const undos: Undo[] = [];
  for (const task of plan.tasks) {
    const undo = now === undefined ? undefined : apply(now, task, plan, (next) => (now = next));
    if (undo !== undefined) undos.unshift(undo);
    if (task.kind !== failAfter || plan.tasks.findLast(({ kind }) => kind === failAfter) !== task) continue;
    return undos.reduce((state: SnapRecord | undefined, back) => back(state), now);
  }
  return now;
}

function apply(
  record: SnapRecord,
  { kind, data = {} }: NewTask,
  plan: ChangePlan,
  set: (record: SnapRecord | undefined) => void,
): Undo | undefined {
  if (kind === 'unlink-current-snap' || kind === 'unlink-snap') {
    const step = unlinked(record);
    set(step.record);
    return (later) => (later === undefined ? undefined : reversed(later, step.inverse));
  }
  if (kind === 'link-snap') {
    const step = linked(record, linkingOf(setupIn(plan.tasks[0]?.data ?? {})), now);
    set(step.record);
    return (later) => (later === undefined ? undefined : linkReversed(later, step.inverse));
  }
  if (kind !== 'discard-snap') return undefined;
  const { record: rest, inverse } = discarded(record, String(data['revision']));
  set(rest);
  return (later) => (inverse === undefined ? later : discardReversed(later, inverse));
}

function shown(record: SnapRecord | undefined): string {
  if (record === undefined) return 'none';
  const revisions = record.sequence.map(({ revision }) => revision).join(',');
  return `[${revisions}] cur ${record.current}${record.active ? '' : ' inactive'}`;
}

const refreshTo = (record: SnapRecord, to: number, scene: Scene = {}) =>
  planRefresh(viewOf({ snaps: [record], ...scene }), {
    ...{ names: ['some-snap'], candidates: [candidate('some-snap', to)], revision: String(to) },
  });
const revertTo = (record: SnapRecord, revision: string) =>
  planRevert(viewOf({ snaps: [record] }), { name: 'some-snap', revision });
const at = (revisions: readonly number[], current: number) =>
  installed('some-snap', revisions, { current: String(current) });

/** `half`: the link fails; `total`: everything was done when it fails. */
type Ending = 'good' | 'half' | 'total';

const rows: readonly (readonly [string, readonly number[], number, 'refresh' | 'revert', number, Ending, string])[] = [
  ['C1', [1, 2, 3], 3, 'refresh', 4, 'good', '[2,3,4] cur 4'],
  ['C2', [1, 2, 3], 3, 'refresh', 4, 'half', '[1,2,3] cur 3'],
  ['C3: 1 is still there', [1, 2, 3], 3, 'refresh', 4, 'total', '[1,2,3] cur 3'],
  ['C4', [1, 2, 3], 3, 'revert', 2, 'good', '[1,2,3] cur 2'],
  ['C5', [1, 2, 3], 3, 'revert', 2, 'half', '[1,2,3] cur 3'],
  ['C5', [1, 2, 3], 3, 'revert', 2, 'total', '[1,2,3] cur 3'],
  ['C6', [1, 2, 3], 2, 'refresh', 4, 'good', '[1,2,4] cur 4'],
  ['C7', [1, 2, 3], 2, 'refresh', 4, 'half', '[1,2,3] cur 2'],
  ['C8: 3 is still there', [1, 2, 3], 2, 'refresh', 4, 'total', '[1,2,3] cur 2'],
  ['C9', [1, 2, 3], 2, 'refresh', 3, 'good', '[1,2,3] cur 3'],
  ['C10', [1, 2, 3], 2, 'revert', 1, 'good', '[1,2,3] cur 1'],
  ['C11', [1, 2, 3], 2, 'revert', 1, 'half', '[1,2,3] cur 2'],
  ['C11', [1, 2, 3], 2, 'revert', 1, 'total', '[1,2,3] cur 2'],
  ['C12', [1, 2], 2, 'refresh', 4, 'good', '[1,2,4] cur 4'],
  ['C13', [1, 2], 2, 'refresh', 4, 'half', '[1,2] cur 2'],
  ['C13', [1, 2], 2, 'refresh', 4, 'total', '[1,2] cur 2'],
  ['C14', [1, 2, 3], 3, 'refresh', 2, 'good', '[1,3,2] cur 2'],
  ['C15', [1, 2, 3], 3, 'refresh', 2, 'half', '[1,2,3] cur 3'],
  ['C16', [1, 2, 3], 3, 'refresh', 2, 'total', '[1,2,3] cur 3'],
];

for (const [name, revisions, current, operation, to, ending, result] of rows) {
  t.test(`${name}: [${revisions}] cur ${current}, ${operation} to ${to}, ${ending}`, (t) => {
    const record = at(revisions, current);
    const plan = operation === 'refresh' ? refreshTo(record, to) : revertTo(record, String(to));
    const last = plan.tasks.at(-1)?.kind;
    const after = run(record, plan, ending === 'good' ? undefined : ending === 'half' ? 'link-snap' : last);
    t.equal(shown(after), result);
    if (ending !== 'good') t.strictSame(after, record, 'all of the record is as it was');
    t.end();
  });
}

t.test('C16: the trash of a refresh is removed by its very last task, once the change is over', (t) => {
  t.equal(refreshTo(at([1, 2, 3], 3), 2).tasks.at(-1)?.kind, 'cleanup');
  t.end();
});

t.test('C17: as many stay as refresh.retain says', (t) => {
  const nine = at([1, 2, 3, 4, 5, 6, 7, 8, 9], 9);
  for (let retain = 2; retain <= 10; retain++) {
    const kept = run(nine, refreshTo(nine, 10, { options: { retain } }))?.sequence.map(({ revision }) =>
      Number(revision),
    );
    t.strictSame(kept, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].slice(-retain), `retain ${retain}`);
  }
  t.end();
});

t.test('C18: what refresh.retain may be', (t) => {
  const said: string[] = [];
  const retain = (value: unknown, classic = false) => retainOf(value, classic, (text) => said.push(text));
  t.equal(retain(undefined), 3);
  t.equal(retain(undefined, true), 2);
  t.equal(retain(1), 1);
  t.equal(retain(2), 2);
  t.equal(retain('6'), 6);
  t.strictSame(said, []);
  t.equal(retain({}), 3);
  t.equal(retain(['7']), 3);
  t.same(said, Array(2).fill('internal error: refresh.retain system option has unexpected type'));
  t.equal(retain('many'), 3);
  t.equal(retain(-1), 3);
  t.equal(said.length, 4);
  t.end();
});

t.test('C19, C21: how many a refresh drops', (t) => {
  const four = at([1, 2, 3, 4], 4);
  const drops = (scene: Scene = {}) =>
    kinds(refreshTo(four, 11, scene)).filter((kind) => kind === 'discard-snap').length;
  t.equal(drops(), 2, 'C21: on core');
  t.equal(drops({ device: { classic: true } }), 3, 'C21: on classic');
  t.equal(shown(run(four, refreshTo(four, 11))), '[3,4,11] cur 11', 'C19');
  t.end();
});

t.test('C20: two stay after many refreshes', (t) => {
  let record: SnapRecord | undefined = at([1], 1);
  for (let revision = 2; revision < 8 && record !== undefined; revision++) {
    record = run(record, refreshTo(record, revision, { options: { retain: 2 } }));
    t.equal(shown(record), `[${revision - 1},${revision}] cur ${revision}`);
  }
  t.end();
});

t.test('C22: all after the current one go', (t) => {
  const record = at([1, 2, 3, 4], 1);
  const plan = refreshTo(record, 11);
  const gone = plan.tasks.flatMap(({ kind, data }) => (kind === 'discard-snap' ? [data?.['revision']] : []));
  t.strictSame(gone, ['2', '3', '4']);
  t.end();
});

t.test('C23: what runs is not discarded', (t) => {
  const message = 'internal error: cannot discard snap "some-snap": still active';
  t.throws(() => discarded(at([1, 3], 3), '3'), { message });
  t.end();
});

t.test('C24: with the last revision the record goes, and its file', (t) => {
  const { record, inverse } = discarded({ ...at([3], 3), active: false }, '3');
  t.equal(record, undefined);
  t.equal(inverse === undefined ? undefined : shown(discardReversed(record, inverse)), '[3] cur 3 inactive');
  t.match(sequenceFileText({ sequence: [] }), /"sequence":\[\],"current":"unset"/);
  t.strictSame(discarded(at([1], 1), '9').record, at([1], 1), 'a revision that is not there');
  t.end();
});

t.test('C25: a failure right after the discards brings everything back', (t) => {
  const record = at([1, 2, 3, 4], 4);
  const plan = refreshTo(record, 3, { options: { retain: 1 } });
  t.equal(shown(run(record, plan)), '[4,3] cur 3');
  t.equal(shown(run(record, plan, 'discard-snap')), '[1,2,3,4] cur 4');
  t.end();
});

t.test('nothing that boots is dropped, in neither pass', (t) => {
  const kernel = installed('some-snap', [1, 2, 3, 4], { type: 'kernel', current: '3' });
  const scene = { device: { model: { kernel: 'some-snap' } }, facts: { 'some-snap': { type: 'kernel' as const } } };
  const to = (bootUsed: string[]) =>
    planRefresh(viewOf({ snaps: [kernel], bootUsed, ...scene }), {
      ...{ names: ['some-snap'], candidates: [candidate('some-snap', 5, { type: 'kernel' })] },
    });
  t.equal(shown(run(kernel, to([]))), '[2,3,5] cur 5');
  t.equal(shown(run(kernel, to(['some-snap_1', 'some-snap_4']))), '[1,2,3,4,5] cur 5');
  t.end();
});

t.test('a discarded revision comes back to its place', (t) => {
  const record = at([1, 2, 3], 3);
  const { record: rest, inverse } = discarded({ ...record, revertStatus: { 2: 'not-blocked' } }, '2');
  t.strictSame([shown(rest), rest?.revertStatus], ['[1,3] cur 3', {}]);
  if (inverse === undefined) throw new Error('nothing was discarded');
  const back = discardReversed(rest, inverse);
  t.strictSame([shown(back), back.revertStatus], ['[1,2,3] cur 3', { 2: 'not-blocked' }]);
  t.equal(discardReversed(back, inverse), back, 'twice is as once');
  t.end();
});

t.test('a removal that fails brings all revisions back', (t) => {
  const record = at([1, 2], 1);
  const plan = planRemove(viewOf({ snaps: [record] }), { names: ['some-snap'], snapshotSet: 1 });
  t.equal(shown(run(record, plan)), 'none');
  t.strictSame(run(record, plan, 'clear-snap'), record, 'E10: before the last revision is discarded');
  t.strictSame(run(record, plan, 'discard-snap'), record, 'E11: and after it, as its data is in the trash only');
  t.end();
});

t.test('D5, D9, D10, E3: reverts, what they block and what lifts that', (t) => {
  const record = at([2, 7], 7);
  const back = run(record, revertTo(record, '2'));
  t.ok(isInstalled(back) && blockedRevisions(back).join() === '7', 'what was left is blocked');
  t.equal(back?.lastRefreshTime, undefined, 'a revert is no refresh');
  if (back === undefined) throw new Error('the revert took it away');
  const forward = run(back, revertTo(back, '7'));
  t.strictSame([shown(forward), forward && blockedRevisions(forward)], ['[2,7] cur 7', []], 'D5: forward again');
  const plan = planRevert(viewOf({ snaps: [record] }), { name: 'some-snap', status: 'not-blocked' });
  const open = run(record, plan);
  t.strictSame(open?.revertStatus, { 7: 'not-blocked' }, 'D9');
  t.strictSame(open && blockedRevisions(open), [], 'D9');
  t.equal(open?.lastRefreshTime, undefined, 'D9');
  t.strictSame(run(record, plan, 'link-snap'), record);
  if (open === undefined) throw new Error('the revert took it away');
  const again = run(open, refreshTo(open, 7));
  t.strictSame(again?.revertStatus, {}, 'D10');
  const dropped = run(
    open,
    planRemove(viewOf({ snaps: [open] }), { names: ['some-snap'], revision: '7', snapshotSet: 1 }),
  );
  t.strictSame([shown(dropped), dropped?.revertStatus], ['[2] cur 2', {}], 'E3');
  t.end();
});
