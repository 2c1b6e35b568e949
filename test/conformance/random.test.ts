/**
 * Random histories, with snapd's rules in the place of snapd: whatever the variables hold, every step is equal or in a class
 * of intended difference, and every class is met.
 */
import t from 'tap';
import { judge } from './boot16.ts';
import { DIFFERENCES } from './differences.ts';
import type { AnswerStep, Operation, Variables } from './history.ts';
import { snapdVars } from './machine.ts';
import { bySnapd } from './snapd-rules.ts';

const HISTORIES = 600;
const OPERATIONS = 10;

const BASES = ['core18_1.snap', 'core18_2.snap', 'core18_x1.snap', '', 'odd'];
const KERNELS = ['pc-kernel_1.snap', 'pc-kernel_2.snap', 'pc-kernel_x1.snap', 'other_1.snap', '', 'odd'];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  snap_mode: ['', 'try', 'trying', 'bogus'],
  snap_core: BASES,
  snap_try_core: BASES,
  snap_kernel: KERNELS,
  snap_try_kernel: KERNELS,
};
const FILES: Readonly<Record<string, readonly string[]>> = {
  base: ['core18_1.snap', 'core18_2.snap', 'core18_3.snap', 'core_1.snap'],
  kernel: ['pc-kernel_1.snap', 'pc-kernel_2.snap', 'pc-kernel_3.snap', 'other_1.snap'],
  gadget: ['pc_1.snap', 'pc_2.snap', 'other_1.snap'],
};

/** Numbers from 0 to 1, always the same. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const more = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((more ^ (more >>> 14)) >>> 0) / 2 ** 32;
  }
}

const random = numbers(16);
const below = (bound: number): number => Math.floor(random.next().value * bound);
const pick = (values: readonly string[]): string => values[below(values.length)] ?? '';

function anyOperation(): Operation {
  const type = pick(['base', 'kernel', 'kernel', 'gadget']);
  const snap = pick(FILES[type] ?? []);
  const kind = below(10);
  if (kind < 4) return { op: 'set_next', type, snap, noTry: below(4) === 0 };
  if (kind < 6) return { op: 'bootloader' };
  if (kind < 7) return { op: 'current_boot', type };
  if (kind < 8) return { op: 'in_use', type, snap };
  const name = pick(Object.keys(VALUES));
  return kind < 9 ? { op: 'mark_successful' } : { op: 'set_vars', vars: { [name]: pick(VALUES[name] ?? []) } };
}

t.test('random histories', async (t) => {
  const met = new Set<string>();
  let equal = 0;
  for (let count = 0; count < HISTORIES; count++) {
    const vars = Object.fromEntries(Object.entries(VALUES).map(([name, values]) => [name, pick(values)]));
    const operations: Operation[] = [];
    const steps: AnswerStep[] = [];
    let now: Variables = snapdVars(vars);
    for (let at = 0; at < OPERATIONS; at++) {
      const operation = anyOperation();
      const side = bySnapd(operation, now);
      if (side === undefined) continue;
      const isCut = below(12) === 0 && ['set_next', 'mark_successful'].includes(operation.op);
      if (!isCut) now = side.vars;
      operations.push(operation);
      steps.push({ answer: isCut ? { said: 'cut' } : side.answer, vars: now, writes: undefined });
    }
    const history = { bootloader: pick(['uboot', 'mock']), vars, operations, isGraded: false };
    const report = judge(`random ${count}`, history, { initial: vars, steps });
    for (const text of report.unmatched) t.fail(`${report.name}: ${text}`);
    for (const name of report.intended) met.add(name);
    equal += report.equal;
  }
  t.same([...met].sort(), DIFFERENCES.map(({ name }) => name).sort(), 'every class is met');
  t.ok(equal > HISTORIES, 'and not everything differs');
});
