import t from 'tap';
import { expandVariables, maxEntryBytes } from './expand.ts';

const environment = new Map([
  ['ONE', '1'],
  ['TWO', '$ONE'],
  ['A B', 'spaced'],
]);

t.test('variables are put in as Go does; expand.c holds to the same table', async (t) => {
  for (const [text, result] of [
    ['', ''],
    ['plain', 'plain'],
    ['$ONE', '1'],
    [`\${ONE}x$ONE/y$ONEx`, '1x1/y'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$$', ''],
    ['$ $/ $.', '$ $/ $.'],
    [`\${}x`, 'x'],
    [`\${ONE`, 'ONE'],
    [`\${`, ''],
    [`\${*}$*$#$@$!$?$-$5`, ''],
    ['$12', '2'],
    [`\${12}`, ''],
    [`\${A B}`, 'spaced'],
    ['$NONE-', '-'],
    ['$TWO', '$ONE'],
    ['ä$ONEä', 'ä1ä'],
    [`\${A\nB}x`, 'x'],
  ] as const)
    t.equal(expandVariables(text, environment), result, text);
});

t.test('what comes of it is bounded', async (t) => {
  const half = new Map([['L', 'x'.repeat(maxEntryBytes / 2)]]);
  t.equal(expandVariables('$L', half).length, maxEntryBytes / 2);
  t.throws(() => expandVariables('$L$L', half), { code: 'too-large' });
  t.throws(() => expandVariables('$L'.repeat(10_000), half), { code: 'too-large' }, 'before it is made');
});
