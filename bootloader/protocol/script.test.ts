/** Boots in a row by the model of the script: the count of unfinished starts, and the rescue. */
import t from 'tap';
import { placeBytes } from './plan.ts';
import { runScript, type ScriptRun, type ScriptWorld, type UnfinishedStarts } from './script.ts';
import type { Medium, Vars } from './types.ts';

const GOOD: Vars = { snap_kernel: 'k_1.snap', snap_core: 'b_1.snap', snap_prev: 'k_0.snap b_0.snap', snap_gen: '0' };
const TRIAL: Vars = { ...GOOD, snap_mode: 'try', snap_try_kernel: 'k_2.snap', snap_try_left: '3' };

function mediumOf(vars: Vars, mark: Vars = {}): Medium {
  const copy = placeBytes(vars);
  return { 'env-a': copy, 'env-b': copy, good: placeBytes(GOOD), mark: placeBytes(mark) };
}

/** A machine that is switched on again and again; nothing comes through its initramfs. */
class Machine {
  #medium: Medium;
  starts: UnfinishedStarts | undefined;

  constructor(medium: Medium, starts?: UnfinishedStarts) {
    this.#medium = medium;
    this.starts = starts;
  }

  boot(world: Partial<ScriptWorld> = {}): ScriptRun {
    const counted = this.starts === undefined ? {} : { unfinishedStarts: this.starts };
    const usual = { has: () => true, starts: () => true, saves: () => true, script: 'main', ...counted } as const;
    const run = runScript(this.#medium, { ...usual, ...world });
    for (const { place, bytes } of run.writes) this.#medium = { ...this.#medium, [place]: bytes };
    this.starts = run.unfinishedStarts;
    return run;
  }

  /** What started last in each of so many boots, or how the rescue goes. */
  boots(count: number, world: Partial<ScriptWorld> = {}): string[] {
    return Array.from({ length: count }, () => {
      const { starts, outcome, rescueLevel } = this.boot(world);
      return outcome === 'rescue' ? `rescue ${rescueLevel}` : (starts.at(-1)?.rule ?? '');
    });
  }
}

t.test('a good set that dies three times before it is through is left for the previous one', (t) => {
  t.same(new Machine(mediumOf(GOOD), 0).boots(4), ['default', 'default', 'default', 'previous']);
  t.same(new Machine(mediumOf(GOOD)).boots(5), Array(5).fill('default'), 'not where nobody counts');
  t.end();
});

t.test('after a trial that failed the starts of the good set are counted anew', (t) => {
  const machine = new Machine(mediumOf(TRIAL), 2);
  t.same(machine.boots(1), ['try']);
  t.equal(machine.starts, 'trial');
  t.same(machine.boots(4), ['after-trial', 'default', 'default', 'previous']);
  t.end();
});

t.test('after a trial that was kept they are not, until an initramfs counts again', (t) => {
  const kept = new Machine(mediumOf({ ...GOOD, snap_kernel: 'k_2.snap' }), 'trial');
  t.same(kept.boots(5), Array(5).fill('default'));
  t.equal(kept.starts, 'trial');
  kept.starts = 0;
  t.same(kept.boots(4), ['default', 'default', 'default', 'previous']);
  t.end();
});

t.test('a trial whose start cannot be written down leaves the count as it is', (t) => {
  const machine = new Machine(mediumOf(TRIAL), 1);
  machine.boot({ saves: (place) => place !== 'mark' });
  t.equal(machine.starts, 1);
  t.end();
});

t.test('in the rescue both sets are tried again after each wait, the good one first', (t) => {
  const machine = new Machine(mediumOf(GOOD, { snap_mark: 'good-failed' }));
  t.same(machine.boots(4), ['previous', 'rescue 1', 'retry', 'previous'], 'none comes through');
  t.same(machine.boots(3), ['rescue 2', 'retry', 'previous']);
  t.same(machine.boots(3), ['rescue 3', 'retry', 'previous']);
  t.same(
    machine.boots(6),
    ['rescue 4', 'retry', 'previous', 'rescue 4', 'retry', 'previous'],
    'it waits no longer than that',
  );
  t.end();
});

t.test('a previous set whose only start was cut short starts again where the good one cannot be loaded', (t) => {
  const goodIsGone = { starts: (kernel: string) => kernel === 'k_0.snap' };
  const machine = new Machine(mediumOf(GOOD));
  t.same(machine.boots(4, goodIsGone), ['previous', 'rescue 1', 'previous', 'rescue 2']);
  const alone = new Machine(mediumOf({ ...GOOD, snap_prev: '' }));
  t.same(alone.boots(3, goodIsGone), ['rescue 1', 'rescue 2', 'rescue 3'], 'without one there is only the good set');
  t.end();
});
