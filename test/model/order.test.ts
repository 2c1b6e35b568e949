/** The order of writes in the model is the order in which the real handlers write. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { verdictOffset } from '../../agent/boot/evidence.ts';
import { goodSet, makeDevice, makeSnap, powerOn, temporaryDirectory } from '../../agent/fixture.ts';
import { systemdOf, TestMachine } from '../../agent/fixture-machine.ts';
import type { HookEnd } from '../../agent/snaps/life/world.ts';
import type { DurableWrite } from '../../agent/system/durable.ts';
import { switchOnCalmly } from './boot.ts';
import { abort, install } from './events.ts';
import { modelOf } from './explore.ts';
import { tripleOf } from './names.ts';
import { poweredOff, Run } from './run.ts';
import { keep, reject, startDaemon } from './start.ts';
import { firstState, type State } from './state.ts';
import { realSystem } from './system.ts';

/** What of a real write the model has, too; the journal's ring, uploads, and lists that are made again are not. */
function tokenOf({ op, path, offset = 0 }: DurableWrite): string | undefined {
  if (op === 'commit') return /^trial: (?!baseline)/.test(path) ? path : undefined;
  if (op === 'rewrite') {
    const place = /hf-(env|good|mark|journal)/.exec(path)?.[1];
    if (place !== 'journal') return place;
    return offset === 0 ? 'trace' : offset === verdictOffset ? 'word' : undefined;
  }
  if (/digests\/virt-kernel_x2/.test(path)) return `${op} digest`;
  if (op === 'remove' && /virt-kernel_x2\.snap$/.test(path))
    return /uboot/.test(path) ? 'remove assets' : 'remove snap';
  if (op === 'mkdir' && path.endsWith('x2.snap.tmp')) return 'gather';
  if (op === 'rename' && /virt-kernel_x2\.snap$/.test(path)) return /uboot/.test(path) ? 'extract' : 'place';
  return undefined;
}

/** The same for the model's words. */
function tokenOfWords(where: string): string | undefined {
  const words: readonly (readonly [RegExp, string])[] = [
    [/^commit (trial: .*)$/, '$1'],
    [/^rename .* into place$/, 'place'],
    [/^replace the digest.*/, 'replace digest'],
    [/^gather assets.*/, 'gather'],
    [/^rename assets.*/, 'extract'],
    [/^remove the assets.*/, 'remove assets'],
    [/^remove the digest.*/, 'remove digest'],
    [/^remove \S+\.snap$/, 'remove snap'],
    [/^blank the trace$/, 'trace'],
    [/^blank the word$|^the agent's word$/, 'word'],
  ];
  const known = words.find(([pattern]) => pattern.test(where));
  return known === undefined ? undefined : where.replace(known[0], known[1]);
}

const model = modelOf(realSystem);

/** What the model writes in a piece of work, and the state behind it. */
function written(from: State, work: (run: Run) => void): { readonly tokens: string[]; readonly state: State } {
  const tokens: string[] = [];
  let last: State = from;
  const run = new Run(model, from, (what, where, next) => {
    if (what !== 'daemon killed behind') return;
    const places = (['a', 'b', 'record', 'mark'] as const).filter((place) => next[place] !== last[place]);
    const names = { a: 'env', b: 'env', record: 'good', mark: 'mark' };
    tokens.push(...places.map((place) => names[place]));
    const token = tokenOfWords(where);
    if (token !== undefined) tokens.push(token);
    last = next;
  });
  work(run);
  return { tokens, state: run.d };
}

const kernel = tripleOf([2, 0, 0]);
const boot = (state: State) => switchOnCalmly(model, state, 'good').next;
const rested = written(boot(firstState(0)), startDaemon).state;
const armed = written(rested, (run) => install(run, kernel));
const judging = written(boot(poweredOff(armed.state, false)), startDaemon);

const hook = 'meta/hooks/check-health';
const files = { 'kernel.img': 'k', 'initrd.img': 'i', [hook]: '#!/bin/sh\n' };

/** @param answer of the new kernel's hook; absent: it has none */
async function machineOf(t: Test, answer?: HookEnd) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'k.snap');
  await makeSnap(file, {
    name: goodSet.kernel.slice(0, goodSet.kernel.lastIndexOf('_')),
    type: 'kernel',
    version: '2',
    ...(answer === undefined ? {} : { files, executable: [hook] }),
  });
  const tokens: string[] = [];
  const systemd = systemdOf(layout);
  const machine = new TestMachine(layout, {
    systemd,
    runHook: async () => answer ?? { problem: undefined, output: [] },
    onWrite: (write, moment) => {
      const token = moment === 'after' ? tokenOf(write) : undefined;
      if (token !== undefined) tokens.push(token);
    },
  });
  t.teardown(() => machine.stop());
  await machine.start();
  tokens.length = 0;
  const upload = await machine.device.receive(createReadStream(file));
  const uploads = [{ upload, title: file }];
  const change = await machine.device.request({
    ...{ action: 'install', uploads, dangerous: true, flags: { devmode: true } },
  });
  await machine.until(() => machine.rebooting !== undefined);
  return { layout, machine, systemd, change, taken: () => tokens.splice(0) };
}

t.test('installing', async (t) => {
  const { taken } = await machineOf(t);
  t.same(armed.tokens, taken());
});

t.test('a trial that is kept', async (t) => {
  const { layout, machine, taken } = await machineOf(t);
  taken();
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  const kept = written(judging.state, keep);
  t.same([...judging.tokens, ...kept.tokens], taken());
});

t.test('a trial that is given up, and taken back', async (t) => {
  const { layout, machine, systemd, taken } = await machineOf(t);
  taken();
  systemd.state = 'maintenance';
  systemd.set('default.target', { activeState: 'inactive' });
  await powerOn(layout);
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  const bad = written(judging.state, (run) => reject(run, false));
  t.same([...judging.tokens, ...bad.tokens], taken());
  systemd.state = 'running';
  systemd.set('default.target', { activeState: 'active' });
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.same(written(boot(poweredOff(bad.state, false)), startDaemon).tokens, taken());
});

t.test('a trial that died, and is taken back', async (t) => {
  const { layout, machine, taken } = await machineOf(t);
  taken();
  await powerOn(layout);
  await powerOn(layout, { reset: 'warm' });
  await machine.start();
  await machine.settled();
  const died = switchOnCalmly(model, poweredOff(armed.state, false), 'panic').next;
  t.same(written(boot(died), startDaemon).tokens, taken());
});

t.test('a trial whose power was cut is started again', async (t) => {
  const { layout, machine, taken } = await machineOf(t);
  taken();
  await powerOn(layout);
  await powerOn(layout, { reset: 'cold' });
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  const cut = poweredOff(boot(poweredOff(armed.state, false)), true);
  t.same(written(boot(cut), startDaemon).tokens, taken());
});

t.test('a trial that is taken back before it starts', async (t) => {
  const { machine, change, taken } = await machineOf(t);
  taken();
  await machine.device.abort(change.id);
  await machine.settled();
  await machine.until(() => machine.device.parts.changes.open().length === 0);
  t.same(written(armed.state, abort).tokens, taken());
});

t.test('a trial that was kept, and is left as a hook fails', async (t) => {
  const { layout, machine, taken } = await machineOf(t, { problem: 'exit status 1', output: [] });
  taken();
  await powerOn(layout);
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  let failed: State | undefined;
  const run = new Run(model, judging.state, (_, where, next) => {
    if (where.startsWith('commit: a hook')) failed = next;
  });
  keep(run);
  if (failed === undefined) throw new Error('the model has no hook that fails');
  const before = written(judging.state, keep).tokens;
  const left = written(failed, startDaemon);
  t.same([...judging.tokens, ...before, ...left.tokens], taken());
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.same(written(boot(poweredOff(left.state, false)), startDaemon).tokens, taken());
});
