import t from 'tap';
import { type Finding, fitnessProblems, mendedLines } from './finding.ts';

const finding = (more: Partial<Finding>): Finding => ({
  ...{
    file: 'k_x1.snap',
    slot: 'kernel',
    roles: ['good'],
    what: 'snap',
    state: 'rotten',
    reason: 'why',
    mended: false,
  },
  ...more,
});
const files = new Set(['k_x1.snap', 'k_x0.snap']);

t.test('what is not fit, not mended and still named is a problem', (t) => {
  const rows: readonly (readonly [Partial<Finding>, string | undefined])[] = [
    [{}, 'the good kernel: k_x1.snap is rotten: why'],
    [{ state: 'missing' }, 'the good kernel: k_x1.snap is missing: why'],
    [{ state: 'no-record' }, 'the good kernel: k_x1.snap is not to be judged: why'],
    [{ what: 'kernel.img' }, 'the good kernel: kernel.img of k_x1.snap is rotten: why'],
    [{ roles: ['good', 'previous'] }, 'the good and previous kernel: k_x1.snap is rotten: why'],
    [{ state: 'fit' }, undefined],
    [{ mended: true }, undefined],
    [{ file: 'k_x9.snap' }, undefined],
  ];
  for (const [more, expected] of rows) {
    const wanted = expected === undefined ? [] : [expected];
    t.strictSame(fitnessProblems([finding(more)], files), wanted, JSON.stringify(more));
  }
  t.end();
});

t.test("the good set's problems come first", (t) => {
  const findings = [finding({ file: 'k_x0.snap', roles: ['previous'] }), finding({ roles: ['good', 'previous'] })];
  t.match(fitnessProblems(findings, files), [/^the good and previous/, /^the previous/]);
  t.end();
});

t.test('what was put right is told, too', (t) => {
  const findings = [finding({ state: 'fit' }), finding({}), finding({ what: 'initrd.img', mended: true })];
  t.strictSame(mendedLines(findings), ['the good kernel: initrd.img of k_x1.snap is rotten: why; it is mended']);
  t.end();
});
