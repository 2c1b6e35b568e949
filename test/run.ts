/**
 * Runs the suites one after the other and counts. A suite fails when a check of it fails, when it reports no checks, or
 * when it takes twice the minutes that `budget.json` gives it. The last line is `N passed, N failed`.
 *
 * usage: node test/run.ts [SUITE ...]
 */
import { spawn } from 'node:child_process';
import { createWriteStream, globSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Counts, countsOf, plus } from './counts.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
process.chdir(ROOT);

interface Suite {
  readonly name: string;
  /** Commands in order; a `tap` command reports counts of its own, any other is one check. */
  readonly commands: readonly (readonly [command: string, ...args: string[]])[];
}

const unit = globSync(
  '{agent,bootloader,gadget,images,test/bench,test/conformance,test/lint,test/unit}/**/*.test.ts',
).filter((file) => !file.endsWith('.slow.test.ts'));
const slow = globSync('{agent,bootloader,gadget,images}/**/*.slow.test.ts');
const model = globSync('test/model/**/*.test.ts');
const crash = globSync('test/crash/**/*.test.ts');
const machine = globSync('test/machine/**/*.test.ts');

const SUITES: readonly Suite[] = [
  {
    name: 'lint',
    commands: [
      ['biome', 'check', '.'],
      ['node', 'test/lint/arrows.ts'],
      ['tsc', '--noEmit'],
    ],
  },
  { name: 'unit', commands: [['tap', '--jobs=2', '--timeout=600', ...unit.sort()]] },
  { name: 'model', commands: [['tap', '--jobs=2', '--timeout=300', ...model.sort()]] },
  { name: 'crash', commands: [['tap', '--jobs=2', '--timeout=600', ...crash.sort()]] },
  {
    name: 'image',
    commands: [
      ['node', 'images/disk/main.ts'],
      ['tap', '--jobs=1', '--timeout=1200', ...slow.sort()],
    ],
  },
  { name: 'machine', commands: [['tap', '--jobs=2', '--timeout=1800', ...machine.sort()]] },
];

/** Minutes by suite; `unknown` JSON made safe. */
function budgetOf(suite: string): number {
  const all: unknown = JSON.parse(readFileSync('test/budget.json', 'utf8'));
  const minutes = typeof all === 'object' && all !== null ? (all as Record<string, unknown>)[suite] : undefined;
  if (typeof minutes !== 'number') throw new Error(`test/budget.json has no minutes for the suite ${suite}`);
  return minutes;
}

/** Runs one command, its output into `log` and, where checks fail, onto the screen. */
async function run([command, ...args]: Suite['commands'][number], log: string, limitMs: number): Promise<Counts> {
  const out = createWriteStream(log, { flags: 'a' });
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), limitMs);
  let text = '';
  const take = (data: Buffer): void => {
    text += data.toString();
    out.write(data);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  clearTimeout(timer);
  const counts = countsOf(command, code, text);
  if (counts.failed > 0) console.log(text.split('\n').filter(isTelling).slice(-120).join('\n'));
  return counts;
}

/** Lines of a failing run that say what failed. */
function isTelling(line: string): boolean {
  return !/^\s*(ok \d|# Subtest|1\.\.\d|# time=)/.test(line);
}

const wanted = process.argv.slice(2);
let all: Counts = { passed: 0, failed: 0 };
mkdirSync('build/log', { recursive: true });
for (const suite of SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const minutes = budgetOf(suite.name);
  const start = performance.now();
  const deadline = start + 2 * minutes * 60_000;
  const log = `build/log/${suite.name}.log`;
  console.log(`${suite.name}: started, budget ${minutes} min, log in ${log}`);
  let counts: Counts = { passed: 0, failed: 0 };
  for (const command of suite.commands)
    counts = plus(counts, await run(command, log, Math.max(1, deadline - performance.now())));
  const took = (performance.now() - start) / 60_000;
  if (took > 2 * minutes) counts = plus(counts, { passed: 0, failed: 1 });
  console.log(
    `${suite.name}: ${counts.passed} passed, ${counts.failed} failed in ${took.toFixed(1)} min${took > 2 * minutes ? ': over twice its budget' : ''}`,
  );
  all = plus(all, counts);
}
console.log(`${all.passed} passed, ${all.failed} failed`);
process.exitCode = all.failed > 0 || all.passed === 0 ? 1 : 0;
