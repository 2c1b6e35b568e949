import t from 'tap';
import { complaintOf } from '../testing.ts';
import { checkLicense } from './license.ts';

t.test('A license is an expression of SPDX', async (t) => {
  const good = [
    'MIT',
    'Proprietary',
    'GPL-3.0 OR MIT',
    '(MIT AND BSD-3-Clause)',
    'MIT AND (GPL-2.0+ OR Apache-2.0)',
    '((MIT))',
    'GPL-2.0-or-later WITH Classpath-exception-2.0',
    ' MIT\n',
  ];
  for (const license of good)
    t.equal(
      complaintOf(() => checkLicense(license)),
      undefined,
      license,
    );
  const bad: readonly [license: string, problem: string][] = [
    ['', 'empty expression'],
    ['()', 'empty expression'],
    ['mit', 'unknown license: mit'],
    ['MIT AND', 'missing license after AND'],
    ['OR MIT', 'missing license before OR'],
    ['MIT OR AND', 'expected license name, got "AND"'],
    ['(WITH', 'missing license before WITH'],
    ['MIT MIT', 'missing AND or OR between "MIT" and "MIT"'],
    ['MIT or MIT', 'unexpected string: "or"'],
    ['MIT WITH', 'missing license after WITH'],
    ['MIT WITH AND', 'expected exception name, got "AND"'],
    ['MIT WITH MIT', 'unknown license exception: MIT'],
    ['MIT WITH (MIT)', '"(" not allowed after WITH'],
    ['(MIT', 'expected ")" got ""'],
    ['((MIT)', 'expected ")" got ""'],
    ['MIT)', 'unexpected ")"'],
    ['(MIT) MIT', 'unexpected string: "MIT"'],
  ];
  for (const [license, problem] of bad) {
    t.equal(
      complaintOf(() => checkLicense(license)),
      `bad-license: cannot validate license ${JSON.stringify(license)}: ${problem}`,
    );
  }
});
