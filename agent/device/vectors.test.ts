/** Vectors of several snaps in one change, on a whole device. */
import t from 'tap';
import { statusOf } from '../engine/status.ts';
import type { SnapOptions } from '../fixture.ts';
import { Stage } from '../fixture-scenes.ts';
import type { SnapRequest } from './request.ts';

const configure = 'meta/hooks/configure';

/** An app whose configure hook is asked how it went. */
function app(name: string, version: string): SnapOptions {
  return { name, version, base: 'bookworm', files: { [configure]: '#!/bin/sh\n' }, executable: [configure] };
}

async function both(stage: Stage, version: string, transaction?: 'all-snaps'): Promise<SnapRequest> {
  const asked = await stage.installing(app('good', version), app('bad', version));
  return { ...asked, ...(transaction === undefined ? {} : { transaction }) } as SnapRequest;
}

t.test('B10, B20, B21, B22: what fails takes with it what shares its transaction, and nothing else', async (t) => {
  let isBadBroken = false;
  const stage = await Stage.open(t, {
    runHook: async ({ env }) => ({
      problem: isBadBroken && env['SNAP_NAME'] === 'bad' ? 'exit status 1' : undefined,
      output: [],
    }),
  });
  const current = () => ['good', 'bad'].map((name) => stage.machine.device.parts.snapRecords.get(name)?.current);
  isBadBroken = true;
  const before = await stage.picture();
  t.equal(statusOf(await stage.run(await both(stage, '1', 'all-snaps'))), 'Error');
  t.strictSame(current(), [undefined, undefined], 'B10');
  t.strictSame(await stage.picture(), before, 'B10: nothing of either is left');
  isBadBroken = false;
  await stage.must(await both(stage, '1'));
  const old = current();
  isBadBroken = true;
  const apart = await stage.run(await both(stage, '2'));
  t.equal(statusOf(apart), 'Error', 'B21: the change has the error');
  t.not(current()[0], old[0], 'B20, B21: the other one is refreshed');
  t.equal(current()[1], old[1], 'B20');
  const then = await stage.picture();
  t.equal(statusOf(await stage.run(await both(stage, '3', 'all-snaps'))), 'Error');
  t.strictSame(await stage.picture(), then, 'B22: none is refreshed');
});
