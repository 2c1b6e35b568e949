/** The boot script on the real U-Boot: against its model over states of every class, and what no model says of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ScriptBench } from './script/bench.ts';
import { allStates, CLASSES, countLines } from './script/classes.ts';
import { poweringOffKernel } from './script/kernel.ts';
import { filesOf, PARTITIONS } from './script/partition.ts';
import { ARMED, bytesOf, stateOf } from './script/state.ts';
import { ScriptLab } from './script-lab.ts';

/** So many states there are; a change of the classes must not make them fewer. */
const STATES = 490;

function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-script-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

t.test('the boot script decides and writes as its model does, in states of every class', async (t) => {
  const states = allStates();
  t.ok(states.length >= STATES, `${states.length} states in ${CLASSES.length} classes`);
  for (const line of countLines(states)) t.comment(line);
  const bench = await ScriptBench.create(newFolder(t));
  await bench.compare(states, ({ className, title }, mismatch) => {
    t.equal(mismatch, undefined, `${className}: ${title}`);
    if (mismatch !== undefined) t.comment(mismatch);
  });
});

t.test('a reset is told from a power cut, where there is RAM for it', async (t) => {
  const lab = await ScriptLab.create(newFolder(t));
  const files = filesOf(PARTITIONS.whole).filter((file) => file.path !== 'k_2.snap/kernel.img');
  const disk = await lab.disk('reset', [...files, { path: 'k_2.snap/kernel.img', bytes: poweringOffKernel('reset') }]);
  const told = async (name: string, memoryMiB: number): Promise<string[]> => {
    const medium = bytesOf(stateOf({ a: ARMED }));
    const { log } = await lab.boot(disk, medium, name, { reboots: true, memoryMiB });
    return [...log.matchAll(/^holdfast: (reset=\w+|rule=\S+)/gm)].map((match) => match[1] ?? '');
  };
  const both = ['reset=cold', 'rule=try', 'reset=warm', 'rule=after-trial'];
  t.same(await told('512', 512), both);
  t.same(await told('again', 512), both, 'power was cut in between');
  t.same(await told('384', 384), both, 'the least that is enough');
  t.same(await told('256', 256), ['rule=try', 'rule=after-trial'], 'a smaller machine boots and does not tell');
});

t.test('without a boot script that is whole U-Boot waits and resets', async (t) => {
  const lab = await ScriptLab.create(newFolder(t));
  const disk = await lab.disk('none', filesOf(PARTITIONS.whole), 'both');
  const { log } = await lab.boot(disk, bytesOf(stateOf({})), 'none');
  t.match(log, /holdfast: no boot script, reset in 60 s\s*$/);
});
