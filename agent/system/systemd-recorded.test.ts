import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { recordedSystemd } from './systemd-recorded.ts';

t.test('what is asked is written down, and what runs is known to the next one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-recorded-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const lines: string[] = [];
  const record = async (line: string) => {
    lines.push(line);
  };
  const file = join(folder, 'run/holdfast/units');
  const first = recordedSystemd(file, record);
  t.equal(await first.startUnit('snap.a.b.service'), 'done');
  t.equal(await first.startUnit('snap-a-1.mount'), 'done');
  await first.startUnit('snap.a.c.service');
  const next = recordedSystemd(file, record);
  t.strictSame(
    (await next.listUnits({ patterns: ['snap.a.*'] })).map(({ name, activeState }) => [name, activeState]),
    [
      ['snap.a.b.service', 'active'],
      ['snap.a.c.service', 'active'],
    ],
  );
  t.strictSame(await next.listUnits({ states: ['failed'] }), []);
  t.ok(next.isActive('snap-a-1.mount'));
  t.equal(await next.stopUnit('snap-a-1.mount'), 'done');
  await next.killUnit('snap.a.b.service', 'all', 9);
  await next.resetFailed('snap.a.b.service');
  await next.reload();
  t.strictSame(
    (await recordedSystemd(file, record).listUnits()).map(({ name }) => name),
    ['snap.a.c.service'],
  );
  t.strictSame(lines.slice(3), [
    'stop snap-a-1.mount',
    'kill snap.a.b.service all 9',
    'reset-failed snap.a.b.service',
    'daemon-reload',
  ]);
});
