/**
 * For tests on a whole device: the daemon is killed inside the tasks of a change, at durable writes sampled over all of them,
 * while they are done and while they are undone. The next one goes on: forwards to what there is without a cut, and back to
 * what was.
 */
import type { Test } from 'tap';
import type { Handlers } from './engine/handler.ts';
import { failing, failingAfter, type Scene, Stage } from './fixture-scenes.ts';
import type { WriteWitness } from './system/durable.ts';

/** About as many cuts for each scene. */
const cuts = 5;

/** Cuts the power at one moment of all the durable writes, counted from 1; or only counts. */
class Cutter {
  #left = Number.POSITIVE_INFINITY;
  count = 0;
  /** What it was cut at. */
  at: string | undefined;

  readonly witness: WriteWitness = ({ op, path }, moment) => {
    this.count += 1;
    this.#left -= 1;
    if (this.#left <= 0) {
      this.at ??= `${moment} ${op} ${path}`;
      throw new Error('the power is cut');
    }
  };

  cutAfter(left: number): void {
    this.#left = left;
    this.count = 0;
    this.at = undefined;
  }

  restore(): void {
    this.#left = Number.POSITIVE_INFINITY;
  }
}

type Picture = Awaited<ReturnType<Stage['picture']>>;

/** Without what differs from one run to the other: numbers of tasks and sets, times, and what is packed together with them. */
function comparable({ files, ...rest }: Picture): unknown {
  const isPacked = (name: string) => name.startsWith('var/lib/snapd/snapshots/');
  const shown = Object.entries(files).map(([name, content]) => [name, isPacked(name) ? 'packed' : content]);
  // Of the files that are there: a start makes it anew.
  const { snapshot_expiry: _, snaps: __, ...tables } = rest.tables;
  const text = JSON.stringify({ ...rest, files: Object.fromEntries(shown), tables });
  return JSON.parse(
    text
      .replaceAll(/\.(trash|snapshot)-\d+/g, '.$1')
      .replaceAll(/\d+_demo/g, 'demo')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a time'),
  );
}

export async function survivesKills(t: Test, scene: Scene): Promise<void> {
  const cutter = new Cutter();
  let looked: unknown;
  const looking = (known: Handlers): Handlers => ({
    ...known,
    [failing]: {
      async do() {
        looked = comparable(await stage.picture());
        throw new Error('it fails here');
      },
    },
  });
  const stage = await Stage.open(t, { onWrite: cutter.witness, handlers: looking });
  const { machine } = stage;
  await scene.before(stage);
  await machine.bootUntilRest();
  const before = await stage.picture();
  const edit = failingAfter(Number.POSITIVE_INFINITY);
  const run = async () => {
    await stage.begin(await scene.request(stage), edit);
    await machine.until(() => cutter.at !== undefined || (!machine.device.isAtWork && isOver()));
  };
  const isOver = () => {
    const { changes, runner } = machine.device.parts;
    return changes.open().length === 0 && !runner.busy;
  };
  cutter.cutAfter(Number.POSITIVE_INFINITY);
  await run();
  const all = cutter.count;
  const expected = looked;
  await machine.bootUntilRest();
  t.strictSame(await stage.picture(), before, 'without a cut');
  t.notSame(expected, comparable(before), 'and it was not for nothing');
  const stride = Math.max(1, Math.floor(all / cuts));
  for (let at = 1 + (all % stride); at <= all; at += stride) {
    looked = undefined;
    cutter.cutAfter(at);
    await run().catch((error: unknown) => {
      if (cutter.at === undefined) throw error;
    });
    const what = `cut ${at} of ${all}, ${cutter.at?.replace(stage.layout.root, '')}`;
    t.ok(cutter.at, what);
    machine.stop();
    await machine.quiet();
    cutter.restore();
    await machine.bootUntilRest();
    if (looked !== undefined) t.strictSame(looked, expected, `${what}: all comes to be`);
    t.strictSame(await stage.picture(), before, `${what}: and goes again`);
  }
}
