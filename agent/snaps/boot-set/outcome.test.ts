import t from 'tap';
import type { TaskContext } from '../../engine/handler.ts';
import { changeOf } from '../../engine/plan.ts';
import { outcomeOfTrial } from './outcome.ts';
import type { BootSetWorld } from './world.ts';

const tasks = [{ kind: 'link-snap', summary: '', data: { snap: 'k', trial: { kernel: 'k_x2.snap' } } }];
const change = changeOf({ kind: 'install-snap', summary: '', data: {}, tasks }, 1, 1, '');
const setup = { instance: 'k', side: { name: 'k', snapId: '', revision: 'x2' } };
const older = { kernel: 'k_x1.snap' };
const newer = { kernel: 'k_x2.snap' };

interface Seen {
  readonly what?: 'confirmed' | 'reverted';
  readonly source: 'env-a' | 'none';
  readonly good: { readonly kernel?: string };
  readonly ran: { readonly kernel: string };
}

function outcome({ what, source, good, ran }: Seen) {
  const trials = { ofChange: () => (what === undefined ? undefined : { what }) };
  const world = { trials, env: { state: async () => ({ source, good }) }, ran };
  return outcomeOfTrial(world as unknown as BootSetWorld, { change } as TaskContext, setup);
}

t.test('a trial that was kept, and is good still', async (t) => {
  t.same(await outcome({ what: 'confirmed', source: 'env-a', good: newer, ran: newer }), { kind: 'done' });
  t.same(
    await outcome({ source: 'env-a', good: newer, ran: older }),
    { kind: 'done' },
    'also where no log knows of it',
  );
});

t.test('a trial that was taken back, or left again', async (t) => {
  const code = 'rolled-back';
  await t.rejects(outcome({ what: 'reverted', source: 'env-a', good: older, ran: older }), {
    code,
    message: /taken back/,
  });
  await t.rejects(outcome({ what: 'confirmed', source: 'env-a', good: older, ran: older }), {
    code,
    message: /leave it/,
  });
});

t.test('an environment that cannot be read says nothing against what runs', async (t) => {
  t.same(await outcome({ what: 'confirmed', source: 'none', good: {}, ran: newer }), { kind: 'done' });
  await t.rejects(outcome({ what: 'confirmed', source: 'none', good: {}, ran: older }), { code: 'rolled-back' });
  await t.rejects(outcome({ what: 'reverted', source: 'none', good: {}, ran: newer }), { code: 'rolled-back' });
});
