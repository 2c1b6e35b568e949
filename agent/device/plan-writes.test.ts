/** What a plan says that its tasks write is what they write: all of it, and nothing that none of them ever does. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ChangePlan } from '../engine/plan.ts';
import { appScenes, type Scene, Stage } from '../fixture-scenes.ts';
import { type TaskWrites, WriteRecorder } from '../fixture-writes.ts';
import { describePlan, type TaskDescription } from '../snaps/plan/describe.ts';
import { savedWords } from '../snaps/saved/words.ts';
import { holdWords } from './hold.ts';

const words = { ...savedWords, ...holdWords };
const enabling = String.raw`/[a-z.-]+\.target\.wants`;
const trash = String.raw`\.trash-[0-9]+`;

/** What is no path. */
const glossary: Readonly<Record<string, RegExp>> = {
  'snap record': /^table snap_records$/,
  'snap record of other: its aliases are given up': /^table snap_records$/,
  'list of snap files': /^table (snaps|named_files)$/,
  holds: /^table (snap_holds|config)$/,
  'expiry of the snapshot': /^table snapshot_expiry$/,
  'units of its services': new RegExp(
    String.raw`^/etc/systemd/(system|user)(${enabling})?/snap\.demo(_two)?\.[a-z.]+\.(service|socket|timer)$`,
  ),
  'links of enabled units': new RegExp(String.raw`^/etc/systemd/(system|user)${enabling}/snap\.demo(_two)?\.[a-z.]+$`),
};

/** A hook's own doing. */
const hooksOwn = /^run-hook what the hook writes as /;

function escaped(text: string): string {
  return text.replaceAll(/[^\w/-]/g, String.raw`\$&`);
}

/** What one of the words that a plan says stands for. */
function meantBy(word: string): RegExp {
  const known = glossary[word];
  if (known !== undefined) return known;
  const path = word.replace(/: .*/, '').replace(/^~/, '/home/me');
  const at = path.lastIndexOf('/');
  const [folder, name] = [escaped(path.slice(0, at)), escaped(path.slice(at + 1))];
  const places = word.includes(': to the trash')
    ? [String.raw`${folder}/\.${name}${trash}`, `${folder}/${trash}-${name}`]
    : [`${folder}/${name}(/.*)?`];
  // The links by which systemd starts it belong to a unit.
  const links = name.endsWith('mount') ? [`${folder}${enabling}/${name}`] : [];
  return new RegExp(`^(${[...places, ...links].join('|')})$`);
}

/** A folder is made for what is said to be in it. */
function isFolderOf(path: string, said: readonly string[]): boolean {
  return said.some((word) => word.replace(/^~/, '/home/me').startsWith(`${path}/`));
}

/** What came of a plan. */
interface Compared {
  /** What was written, and not said. */
  readonly unsaid: readonly string[];
  /** Every word that was said, and whether something came of it. */
  readonly words: ReadonlyMap<string, boolean>;
}

function compared(said: readonly TaskDescription[], written: readonly TaskWrites[]): Compared {
  const unsaid: string[] = [];
  const met = new Map<string, boolean>();
  for (const [place, { kind, writes }] of said.entries()) {
    const task = written[place];
    if (task?.kind !== kind) throw new Error(`${kind} did not run: ${task?.kind}`);
    const all = [...task.done, ...task.cleaned];
    unsaid.push(
      ...all
        .filter((path) => !writes.some((word) => meantBy(word).test(path)) && !isFolderOf(path, writes))
        .map((path) => `${kind} ${path}`),
    );
    for (const word of writes) {
      // The same of all snaps and revisions.
      const key = `${kind} ${word}`.replaceAll(/demo_two|other|needing/g, 'demo').replaceAll(/x[1-9]/g, 'x1');
      met.set(key, met.get(key) === true || all.some((path) => meantBy(word).test(path)));
    }
  }
  return { unsaid, words: met };
}

/** A service that somebody has switched off, and data of a user's. */
async function livedIn(stage: Stage): Promise<void> {
  await stage.write('home/me/snap/demo/common/file', 'mine');
  const record = stage.machine.device.parts.snapRecords.get('demo');
  if (record?.current === undefined) return;
  await stage.write(`home/me/snap/demo/${record.current}/file`, 'mine, of the revision');
  if (!record.active) return;
  const wants = 'etc/systemd/system/multi-user.target.wants/snap.demo.second.service';
  await rm(join(stage.layout.root, wants));
  await stage.systemd.stopUnit('snap.demo.second.service');
}

async function compare(t: Test, scene: Scene): Promise<Compared> {
  const recorder = new WriteRecorder();
  const stage = await Stage.open(t, {
    onWrite: recorder.witness,
    handlers: (known) => recorder.wrap(known),
  });
  await scene.before(stage);
  await livedIn(stage);
  await stage.machine.start();
  recorder.begin(stage.layout.root);
  let said: readonly TaskDescription[] = [];
  await stage.run(await scene.request(stage), (plan: ChangePlan) => {
    said = describePlan(plan, words).tasks;
    return plan;
  });
  await stage.machine.quiet();
  return compared(said, recorder.tasks);
}

const all = new Map<string, boolean>();

for (const scene of appScenes.filter(({ title }) => title !== 'install of a base and an app that needs it')) {
  t.test(scene.title, async (t) => {
    const { unsaid, words } = await compare(t, scene);
    t.strictSame(unsaid, [], 'nothing is written that was not said');
    t.ok(words.size > 0);
    for (const [word, isMet] of words) all.set(word, isMet || all.get(word) === true);
  });
}

t.test('whatever a plan says is written in one of them at least', async (t) => {
  const never = [...all].filter(([word, isMet]) => !isMet && !hooksOwn.test(word)).map(([word]) => word);
  t.strictSame(never, []);
  t.ok(all.size > 40, `${all.size} places`);
});
