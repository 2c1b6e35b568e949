/** The app of a scenario, after a power cut: its record, its change, its files, links, unit and data tell one story. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Change, isReady } from '../../agent/engine/model.ts';
import { changeError, changeStatus } from '../../agent/engine/status.ts';
import type { TestMachine } from '../../agent/fixture-machine.ts';
import { type Kit, lacking, layout } from './kit.ts';
import { below, digestOf, type Picture } from './picture.ts';
import type { AppRevisions } from './scenarios.ts';

const data: Readonly<Record<string, string>> = {
  settings: 'written by the first revision',
  'deep/er/rows': 'row '.repeat(3000),
  empty: '',
};

/** What the app has written. */
export async function fillData(folder: string): Promise<void> {
  for (const [name, text] of Object.entries(data)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** What is wrong with it on a device at rest; nothing where all is well. */
export function appWrong(machine: TestMachine, picture: Picture, { before, after }: AppRevisions, kit: Kit): string[] {
  const record = machine.device.parts.snapRecords.get('hello');
  const change = lastChange(machine);
  const wrong: string[] = [];
  const current = record?.current;
  if (current !== after && current !== before) wrong.push(`its current revision is ${current}`);
  const wanted = current === after ? 'Done' : 'Error';
  const status = change === undefined ? undefined : changeStatus(change.tasks);
  const isFirst = before !== undefined && current === before && (status === undefined || status === 'Done');
  // Of a change that was never recorded, or is the one that installed what is there, nothing more is to be told.
  if (!isFirst && status !== undefined && (!isReady(status) || status !== wanted)) {
    wrong.push(`its change is ${status}, and its record says ${wanted}`);
  }
  if (record === undefined) return [...wrong, ...leftOf(picture)];
  if (!record.active) wrong.push('it is not active');
  const revisions = record.sequence.map(({ revision }) => revision);
  wrong.push(
    ...lacking(kit, picture, Object.fromEntries(revisions.map((revision) => [revision, `hello_${revision}.snap`]))),
  );
  for (const link of ['/snap/hello/current', '/var/snap/hello/current']) {
    const entry = picture.get(link);
    if (entry?.kind !== 'symlink' || entry.target !== current) wrong.push(`${link} does not lead to ${current}`);
  }
  const unit = picture.get(`/etc/systemd/system/snap-hello-${current}.mount`);
  if (unit?.kind !== 'file') wrong.push('its mount unit is not there');
  const folders = namesIn(picture, '/var/snap/hello');
  if (folders.join() !== ['common', 'current', ...revisions].sort().join())
    wrong.push(`its data is ${folders.join(', ')}`);
  const first = digestOf(below(picture, `/var/snap/hello/${before}`));
  if (before !== undefined && !below(picture, `/var/snap/hello/${before}`).has('/settings'))
    wrong.push('its data is gone');
  if (before !== undefined && current === after && digestOf(below(picture, `/var/snap/hello/${after}`)) !== first) {
    wrong.push('its new data is no copy of the old');
  }
  return wrong;
}

function lastChange(machine: TestMachine): Change | undefined {
  const isIts = ({ data: { 'snap-names': names } }: Change) => Array.isArray(names) && names[0] === 'hello';
  return machine.device.parts.changes.list().findLast(isIts);
}

/** Why its last change failed; `undefined` where it did not. */
export function failureOfApp(machine: TestMachine): string | undefined {
  return changeError(lastChange(machine)?.tasks ?? []);
}

function namesIn(picture: Picture, folder: string): string[] {
  const paths = [...picture.keys()].filter((path) => path.startsWith(`${folder}/`));
  return [...new Set(paths.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))].sort();
}

/** What is left of an app that is not installed. */
function leftOf(picture: Picture): string[] {
  const own = [layout.snaps, layout.digests, '/snap', '/snap/bin', '/var/snap', '/etc/systemd/system'];
  const isIts = (name: string) => /^(snap[-.])?hello([-._]|$)/.test(name);
  return own.flatMap((folder) =>
    namesIn(picture, folder)
      .filter(isIts)
      .map((name) => `${folder}/${name} is left`),
  );
}
