import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Database, openDatabase } from '../system/database.ts';
import type { DurableWrite, Moment, WriteWitness } from '../system/durable.ts';
import { failEach, killEach, type Rehearsal, rehearse, runTwice } from './fixture-rehearsal.ts';
import type { Handlers } from './handler.ts';
import type { ChangePlan } from './plan.ts';
import { waitEnded } from './restart.ts';
import { changesTables, graphColumns } from './rows.ts';

/** A medium of named texts, with a write that can be cut. */
class Medium {
  readonly files = new Map<string, string>();
  witness: WriteWitness = () => {};

  put(path: string, text: string): void {
    this.#write({ op: 'replace', path }, () => this.files.set(path, text));
  }

  remove(path: string): void {
    this.#write({ op: 'remove', path }, () => this.files.delete(path));
  }

  #write(write: DurableWrite, act: () => void): void {
    const see = (moment: Moment) => this.witness(write, moment);
    see('before');
    act();
    see('after');
  }
}

const plan: ChangePlan = {
  kind: 'install',
  summary: '...',
  data: {},
  tasks: [
    { kind: 'place', summary: 'place', data: { name: 'x' } },
    { kind: 'link', summary: 'link' },
    { kind: 'reboot', summary: 'reboot' },
    { kind: 'note', summary: 'note' },
  ],
};

async function rehearsalOf(t: Test, wrong: (medium: Medium) => Handlers = () => ({})): Promise<Rehearsal> {
  const medium = new Medium();
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-rehearsal-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'db');
  const template = join(directory, 'template');
  const made = await openDatabase(template);
  made.migrate([
    { version: 1, statements: changesTables },
    { version: 2, statements: graphColumns },
    { version: 3, statements: ['CREATE TABLE notes (text TEXT)'] },
  ]);
  await made.close();
  // What is written here has to outlive a process, not a machine.
  const open = (onWrite: WriteWitness): Promise<Database> => openDatabase(path, { onWrite, sync: async () => {} });
  const handlers: Handlers = {
    place: {
      do: async () => {
        medium.put('snap', 'x');
        return { kind: 'done' };
      },
      undo: async () => medium.remove('snap'),
    },
    link: {
      do: async ({ task, announce }) => {
        await announce({ old: task.data['old'] ?? medium.files.get('current') });
        medium.put('trash', 'w');
        medium.put('current', 'x');
        return { kind: 'done', commit: (sql) => void sql.run('INSERT INTO notes VALUES (?)', 'linked') };
      },
      undo: async ({ task }) => {
        medium.put('current', String(task.data['old']));
        return { kind: 'done', commit: (sql) => void sql.run('DELETE FROM notes') };
      },
      cleanup: async () => medium.remove('trash'),
    },
    reboot: { do: async () => ({ kind: 'wait' }) },
    note: { do: async () => ({ kind: 'done' }), inside: true },
    ...wrong(medium),
  };
  return {
    async fresh() {
      medium.files.clear();
      medium.files.set('current', 'w');
      await rm(`${path}-shm`, { force: true });
      for (const suffix of ['', '-wal']) await copyFile(`${template}${suffix}`, `${path}${suffix}`);
    },
    async start(onWrite) {
      medium.witness = onWrite;
      const database = await open(onWrite);
      return {
        database,
        handlers,
        plan: async () => plan,
        async rebooted(runner, { id, tasks }) {
          if (tasks.every(({ status }) => status !== 'Wait')) return;
          await runner.revise(id, 'rebooted', (change) => ({
            ...change,
            tasks: change.tasks.map((task) => (task.status === 'Wait' ? waitEnded(task) : task)),
          }));
        },
        stop: () => database.close(),
      };
    },
    reboot: async () => {},
    async look() {
      const database = await open(() => {});
      const notes = database.all('SELECT text FROM notes');
      await database.close();
      return { files: [...medium.files].sort(), notes };
    },
  };
}

t.test('a plan is run to its end, over its reboot', async (t) => {
  const end = await rehearse(await rehearsalOf(t));
  t.match(end, { status: 'Done', error: undefined, tasks: 'place:Done link:Done reboot:Done note:Done' });
  t.strictSame(end.look, {
    files: [
      ['current', 'x'],
      ['snap', 'x'],
    ],
    notes: [{ text: 'linked' }],
  });
  t.strictSame(
    end.commits.map((name) => name.replace('change: ', '')),
    ['create', 'place Done', 'link announces', 'link Done', 'reboot Wait', 'rebooted', 'note Done', 'clean'],
  );
});

t.test('good handlers stand everything', async (t) => {
  const rehearsal = await rehearsalOf(t);
  t.strictSame(await runTwice(rehearsal), []);
  t.strictSame(await killEach(rehearsal, 'forwards'), []);
  t.strictSame(await killEach(rehearsal, 'backwards'), []);
  t.strictSame(await failEach(rehearsal), []);
});

t.test('a handler that does not stand to run twice is found', async (t) => {
  const appending = await rehearsalOf(t, (medium) => ({
    place: {
      do: async () => {
        medium.put('snap', `${medium.files.get('snap') ?? ''}x`);
        return { kind: 'done' };
      },
      undo: async () => medium.remove('snap'),
    },
  }));
  t.match(await runTwice(appending), [/^forwards: found .*"xx".*, expected .*"x"/]);
  const kills = await killEach(appending, 'forwards');
  t.match(kills, [/^cut after replace snap: found .*"xx"/, /^cut before commit change: place Done: found .*"xx"/]);
  t.strictSame(await killEach(appending, 'backwards'), []);

  const failing = await rehearsalOf(t, (medium) => ({
    place: {
      do: async () => {
        if (medium.files.has('snap')) throw new Error('it is there');
        medium.put('snap', 'x');
        return { kind: 'done' };
      },
    },
  }));
  t.match(await runTwice(failing), [/^forwards: .*place:Error/, /^forwards: .*it is there/, /^forwards/, /^backwards/]);
});

t.test('an undo that leaves something is found, and names its task', async (t) => {
  const leaving = await rehearsalOf(t, (medium) => ({
    note: {
      do: async () => {
        medium.put('note', '1');
        return { kind: 'done' };
      },
    },
  }));
  t.match(await failEach(leaving), [/^failure after 3 note: found .*"note".*, expected /]);
  const wrongUndo = await rehearsalOf(t, (medium) => ({
    reboot: {
      do: async () => ({ kind: 'wait' }),
      undo: async () => {
        medium.put('undone', `${medium.files.get('undone') ?? ''}1`);
      },
    },
  }));
  t.match(await runTwice(wrongUndo), [/^backwards: found .*"undone","11"/]);
  t.match(await killEach(wrongUndo, 'backwards'), [
    /^cut after replace undone/,
    /^cut before commit change: reboot Undone/,
  ]);
  t.match(await failEach(wrongUndo), [/^failure after 2 reboot/, /^failure after 3 note/]);
});

t.test('a failure that is another one is found', async (t) => {
  const failing = await rehearsalOf(t, () => ({
    place: {
      do: async () => {
        throw new Error('no space');
      },
    },
  }));
  t.match((await failEach(failing))[0], /^failure after 0 place: .*no space/s);
});
