import { join } from 'node:path';
import t from 'tap';
import { readBootState } from '../../bootloader/protocol/index.ts';
import { makeDevice, temporaryDirectory } from '../fixture.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk-real.ts';
import { native } from '../system/native/native.ts';
import { openJournal } from './journal.ts';

t.test('a medium that never answers keeps no device from its start', async (t) => {
  const layout = await makeDevice(join(await temporaryDirectory(t), 'root'));
  const disk = realDisk(native(), () => {});
  let isStuck = true;
  const readRange = disk.readRange.bind(disk);
  disk.readRange = async (...range) => (isStuck ? new Promise<never>(() => {}) : readRange(...range));
  const writes: string[] = [];
  disk.rewrite = async (path) => {
    writes.push(path);
  };
  const said: string[] = [];
  const world = { disk, layout, clock: realClock, say: (text: string) => said.push(text) };
  const journal = await openJournal(world, 1);
  t.strictSame(journal.list(), []);
  t.match(said, [/boot journal does not answer/]);
  isStuck = false;
  const facts = {
    bootId: 'b',
    booted: { ran: {}, rule: 'default', copy: 'a', trial: false, abilities: new Set<string>() },
    initramfs: new Map<string, string>(),
    watchdogReset: false,
    contradictions: [],
  };
  const nothing = readBootState({ 'env-a': undefined, 'env-b': undefined, good: undefined, mark: undefined });
  const start = { facts, state: nothing, trace: undefined, verdict: undefined, uptimeSeconds: 9 };
  t.equal(await journal.begin(start), false, 'what was not read is not written over');
  t.match(journal.current, { boot: 1, bootId: 'b' });
  t.strictSame(writes, []);
});
