import t from 'tap';
import { bootSnaps, installed, kinds, viewOf } from '../snaps/plan/testing.ts';
import { planBootRevisions } from './boot-revisions.ts';

const good = { kernel: 'pc-kernel_1.snap', base: 'core20_1.snap', gadget: 'pc_1.snap' };
const other = (name: string, revisions: readonly number[], type: 'kernel' | 'base') =>
  bootSnaps().map((record) => (record.instance === name ? installed(name, revisions, { type }) : record));

t.test('where the records name what boots nothing is to be done', (t) => {
  t.equal(planBootRevisions(viewOf({ snaps: bootSnaps() }), good), undefined);
  t.equal(planBootRevisions(viewOf({ snaps: [] }), good), undefined, 'nor where there are none');
  t.equal(planBootRevisions(viewOf({ snaps: bootSnaps() }), {}), undefined);
  t.end();
});

t.test('G21, G22: what boots becomes current, without a trial', (t) => {
  for (const [name, type] of [
    ['core20', 'base'],
    ['pc-kernel', 'kernel'],
  ] as const) {
    const plan = planBootRevisions(viewOf({ snaps: other(name, [1, 2], type) }), good);
    t.match(plan, { kind: 'update-revisions', data: { 'snap-names': [name] } }, name);
    t.ok(
      plan?.tasks.some(({ summary }) => summary === `Make snap "${name}" (1) available to the system`),
      name,
    );
    t.notOk(
      plan?.tasks.some(({ data, boundary }) => data?.['trial'] !== undefined || boundary !== undefined),
      'it runs already',
    );
  }
  t.end();
});

t.test('several are brought in line in one change, each by itself', (t) => {
  const snaps = bootSnaps().map(({ instance, type }) => installed(instance, [1, 2], { type }));
  const plan = planBootRevisions(viewOf({ snaps }), good);
  if (plan === undefined) throw new Error('there is no plan');
  t.equal(kinds(plan).filter((kind) => kind === 'link-snap').length, 3);
  t.equal(new Set(plan.tasks.map(({ lanes }) => lanes?.[0])).size, 3);
  t.equal(plan.summary, 'Update "pc-kernel", "core20", "pc" snap revisions to what boots');
  t.end();
});

t.test('G23: what boots and was never heard of cannot become current', (t) => {
  const snaps = other('pc-kernel', [1, 2], 'kernel');
  t.throws(() => planBootRevisions(viewOf({ snaps }), { ...good, kernel: 'pc-kernel_99.snap' }), {
    code: 'not-installed',
    message: 'cannot find revision 99 for snap "pc-kernel"',
  });
  t.end();
});
