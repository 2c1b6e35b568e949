/** The document says what the code says. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { DOCUMENT, withClasses } from './docs.ts';

t.test('docs/snapd-differences.md has the classes of the code', async (t) => {
  const text = readFileSync(DOCUMENT, 'utf8');
  t.equal(withClasses(text), text, 'write it with: node test/conformance/docs.ts');
});
