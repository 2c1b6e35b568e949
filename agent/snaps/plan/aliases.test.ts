import t from 'tap';
import { type AliasRequest, planAliases } from './aliases.ts';
import { setupIn } from './setup.ts';
import { installed, viewOf } from './testing.ts';

const demo = installed('demo', [1, 2], { aliases: { dm: { manual: 'tool' }, da: { auto: 'tool' } } });
const other = installed('other', [1], { aliases: { dm: { auto: 'x' } }, autoAliasesDisabled: true });
const view = viewOf({ snaps: [demo, other] });

t.test('each request is one task of one snap', (t) => {
  const cases: readonly (readonly [request: AliasRequest, kind: string, summary: string, task: object])[] = [
    [
      { action: 'alias', name: 'demo', app: 'tool', alias: 'dt' },
      'alias',
      'Setup alias "dt" => "tool" for snap "demo"',
      {
        ...{ kind: 'alias', summary: 'Setup manual alias "dt" => "tool" for snap "demo"' },
        data: { snap: 'demo', alias: 'dt', target: 'tool' },
      },
    ],
    [
      { action: 'unalias', name: '', alias: 'dm' },
      'unalias',
      'Remove manual alias "dm" for snap "demo"',
      {
        ...{ kind: 'unalias', summary: 'Remove manual alias "dm" for snap "demo"' },
        data: { snap: 'demo', alias: 'dm' },
      },
    ],
    [
      { action: 'unalias', name: 'dm', alias: 'dm' },
      'unalias',
      'Remove manual alias "dm" for snap "demo"',
      { kind: 'unalias', data: { snap: 'demo', alias: 'dm' } },
    ],
    ...['demo', ''].map(
      (alias) =>
        [
          { action: 'unalias', name: 'demo', alias },
          'unalias',
          'Disable all aliases for snap "demo"',
          { kind: 'disable-aliases', summary: 'Disable aliases for snap "demo"', data: { snap: 'demo' } },
        ] as const,
    ),
    [
      { action: 'prefer', name: 'other' },
      'prefer',
      'Prefer aliases of snap "other"',
      {
        ...{ kind: 'prefer-aliases', summary: 'Prefer aliases for snap "other"' },
        data: { snap: 'other', 'affected-snaps': ['demo'] },
      },
    ],
  ];
  for (const [request, kind, summary, task] of cases) {
    const plan = planAliases(view, request);
    const { snap } = plan.tasks[0]?.data ?? {};
    t.match(plan, { kind, summary, tasks: [task] }, summary);
    t.strictSame(plan.data, { 'snap-names': [snap], 'snap-name': snap });
    t.equal(plan.tasks.length, 1);
    t.match(setupIn(plan.tasks[0]?.data ?? {}), { operation: 'alias', instance: snap });
  }
  t.end();
});

t.test('nobody gives way where nothing is to come, or where nothing would help', (t) => {
  const affected = (...snaps: readonly (typeof demo)[]) =>
    planAliases(viewOf({ snaps }), { action: 'prefer', name: 'other' }).tasks[0]?.data?.['affected-snaps'];
  t.strictSame(affected(demo, other), ['demo']);
  t.equal(affected(demo, { ...other, autoAliasesDisabled: false }), undefined, 'they are switched on already');
  t.equal(affected(demo, { ...other, aliases: { dx: { auto: 'x' } } }), undefined, 'nothing stands in the way');
  t.equal(
    affected(demo, { ...other, aliases: { dm: { auto: 'x' }, demo: { auto: 'x' } } }),
    undefined,
    'the task will say',
  );
  t.end();
});

t.test('M10: what cannot be is refused before any task', (t) => {
  const gone = ['not-installed', 'snap "gone" is not installed'] as const;
  const bad = (message: string) => ['bad-request', message] as const;
  const alias = (name: string, alias: string): AliasRequest => ({ action: 'alias', name, app: 'tool', alias });
  const unalias = (name: string, alias: string): AliasRequest => ({ action: 'unalias', name, alias });
  const refused: readonly (readonly [request: AliasRequest, error: readonly [code: string, message: string]])[] = [
    [alias('demo', '.alias'), bad('invalid alias name: ".alias"')],
    [alias('demo', ''), bad('invalid alias name: ""')],
    [alias('demo', 'a/../b'), bad('invalid alias name: "a/../b"')],
    [alias('gone', 'a'), gone],
    [unalias('gone', ''), gone],
    [unalias('gone', 'dm'), gone],
    [unalias('gone', 'gone'), bad('cannot find manual alias "gone" in any snap')],
    [unalias('', 'da'), bad('cannot find manual alias "da" in any snap')],
    [{ action: 'prefer', name: 'gone' }, gone],
  ];
  for (const [request, [code, message]] of refused) t.throws(() => planAliases(view, request), { code, message });
  t.end();
});

t.test('a change of any snap that is concerned stands in the way', (t) => {
  const busy = viewOf({ snaps: [demo, other], conflicts: { demo: 'refresh-snap' } });
  const error = { code: 'conflict', message: 'snap "demo" has "refresh-snap" change in progress' };
  const requests: readonly AliasRequest[] = [
    { action: 'alias', name: 'demo', app: 'tool', alias: 'dt' },
    { action: 'unalias', name: 'demo', alias: '' },
    { action: 'unalias', name: '', alias: 'dm' },
    { action: 'prefer', name: 'demo' },
    { action: 'prefer', name: 'other' },
  ];
  for (const request of requests) t.throws(() => planAliases(busy, request), error, JSON.stringify(request));
  t.doesNotThrow(() => planAliases(busy, { action: 'alias', name: 'other', app: 'x', alias: 'ox' }));
  t.end();
});
