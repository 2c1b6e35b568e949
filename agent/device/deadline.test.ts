import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { readFacts } from '../boot/facts.ts';
import { defaultPolicy } from '../boot/health/defaults.ts';
import { makeDevice, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import { agreeOnDeadline, reachableDeadline } from './deadline.ts';

t.test('the dead man is extended to twice his first deadline, no further', async (t) => {
  t.equal(reachableDeadline(400, 300), 400);
  t.equal(reachableDeadline(900, 300), 600);
});

async function partsOf(t: Test) {
  const layout = await makeDevice(`${await temporaryDirectory(t)}/root`);
  const machine = new TestMachine(layout);
  t.teardown(() => machine.stop());
  const device = await machine.start();
  return { layout, machine, parts: { ...device.parts, facts: await readFacts(layout) } };
}

t.test('a longer deadline is told to whoever resets the machine', async (t) => {
  const { layout, parts } = await partsOf(t);
  await mkdir(dirname(layout.deadManControl), { recursive: true });
  await promisify(execFile)('mkfifo', [layout.deadManControl]);
  const fifo = await open(layout.deadManControl, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => fifo.close());
  const policy = await agreeOnDeadline(parts, { ...defaultPolicy, deadlineSeconds: 400 });
  t.equal(policy.deadlineSeconds, 400);
  const { buffer, bytesRead } = await fifo.read(Buffer.alloc(64));
  t.match(buffer.toString('utf8', 0, bytesRead), /^extend 3\d\d\n$/);
});

t.test('without him the first deadline stays, and a shorter one needs nobody', async (t) => {
  const { machine, parts } = await partsOf(t);
  const longer = await agreeOnDeadline(parts, { ...defaultPolicy, deadlineSeconds: 900 });
  t.equal(longer.deadlineSeconds, defaultPolicy.deadlineSeconds);
  t.match(machine.said.join('\n'), /stays at 300 s/);
  t.equal((await agreeOnDeadline(parts, { ...defaultPolicy, deadlineSeconds: 60 })).deadlineSeconds, 60);
});
