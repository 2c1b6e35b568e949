import t from 'tap';
import { countsOf } from '../counts.ts';

t.test("counts are tap's own, and what tap does not explain is a failure", async (t) => {
  const rows: readonly [command: string, code: number | null, output: string, passed: number, failed: number][] = [
    ['tap', 0, '# { total: 3, pass: 3 }', 3, 0],
    ['tap', 1, '# { total: 184, pass: 183, fail: 1 }', 183, 1],
    ['tap', 0, '# { total: 3, pass: 2, skip: 1 }', 2, 1],
    ['tap', 0, '# { total: 3, pass: 2, todo: 1 }', 2, 1],
    ['tap', 1, '# { total: 3, pass: 3 }', 3, 1],
    ['tap', null, '# { total: 3, pass: 3 }', 3, 1],
    ['tap', 0, 'nothing at all', 0, 1],
    ['tap', 0, '# { total: 0 }', 0, 1],
    ['tap', 0, 'ok 1 - # { total: 9, pass: 9 }\n# { total: 1, pass: 1 }', 1, 0],
    ['tsc', 0, '', 1, 0],
    ['tsc', 2, 'error', 0, 1],
  ];
  for (const [command, code, output, passed, failed] of rows)
    t.same(countsOf(command, code, output), { passed, failed }, output);
});
