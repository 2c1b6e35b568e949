/** A medium that is full, or fails, at any write of an install or refresh: a clear error, and all is as it was. */
import { readdirSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Change } from '../../engine/model.ts';
import { DiskError } from '../../system/disk-error.ts';
import type { DurableWrite } from '../../system/durable.ts';
import { type Life, type Power, testDevice } from './testing.ts';
import { type Scene, scenes } from './testing-scenes.ts';

/** Every entry of a directory takes one of a medium's places. */
function names(root: string): number {
  return readdirSync(root, { recursive: true }).length;
}

interface Fault {
  readonly title: string;
  readonly says: RegExp;
  /** Whether it comes at each write. */
  readonly isEach: boolean;
  /** For the fault at this place, from 1 on: what meets each write of a change, which begins with the device as it is now. */
  at(place: number, root: string): (write: DurableWrite) => DiskError | undefined;
}

function once(code: 'no-space' | 'io'): Fault['at'] {
  return (place) => {
    let left = place;
    return ({ path }) => {
      left -= 1;
      return left === 0 ? new DiskError(code, 'write', path) : undefined;
    };
  };
}

const faults: readonly Fault[] = [
  { title: 'ENOSPC at each write', says: /no space is left/, isEach: true, at: once('no-space') },
  { title: 'EIO at each write', says: /the medium or its driver failed/, isEach: true, at: once('io') },
  {
    title: 'a medium with less room than it takes',
    says: /no space is left/,
    isEach: false,
    at(place, root) {
      const room = names(root) + place - 1;
      return ({ op, path }) => {
        const isFreeing = op === 'remove' || op === 'rename';
        return !isFreeing && names(root) >= room ? new DiskError('no-space', 'write', path) : undefined;
      };
    },
  },
];

function isDone({ tasks }: Change): boolean {
  return tasks.every(({ status }) => status === 'Done');
}

async function holds(t: Test, scene: Scene, fault: Fault, kinds: readonly string[]): Promise<void> {
  const device = await testDevice(t);
  let meet: ReturnType<Fault['at']> = () => undefined;
  let hasMet = false;
  const power: Power = {
    fail(write) {
      const error = meet(write);
      hasMet ||= error !== undefined;
      return error;
    },
  };
  const life: Life = await device.start({ power });
  await scene.before(device, life);
  const before = await device.picture();
  const met = new Set<string>();
  for (let at = 1; ; at++) {
    const plan = await scene.plan(device, life);
    hasMet = false;
    meet = fault.at(at, device.root);
    const change = await life.run(plan);
    meet = () => undefined;
    // What is only tidied up is tidied up later.
    if (!hasMet || isDone(change)) break;
    const failed = change.tasks.filter(({ status }) => status === 'Error');
    t.equal(failed.length, 1, `${at}: one task fails`);
    t.match(failed[0]?.log.join('\n') ?? '', fault.says, `${at}: ${failed[0]?.kind} says why`);
    met.add(failed[0]?.kind ?? '');
    t.strictSame(await device.picture(), before, `${at}: and all is as it was`);
  }
  for (const kind of fault.isEach ? kinds : kinds.slice(0, 1)) t.ok(met.has(kind), `${kind} met it`);
}

/** The tasks of each that write files by the disk; data is copied by calls of its own (`data/crash.test.ts`). Room is short early on. */
const writing: Readonly<Record<string, readonly string[]>> = {
  install: ['mount-snap', 'link-snap'],
  'refresh that drops a revision': ['mount-snap', 'unlink-current-snap', 'link-snap', 'discard-snap'],
};

for (const [title, kinds] of Object.entries(writing)) {
  const scene = scenes.find((candidate) => candidate.title === title);
  for (const fault of faults) {
    t.test(`${title}: ${fault.title}`, (t) =>
      scene === undefined ? t.fail('no such scene') : holds(t, scene, fault, kinds),
    );
  }
}
