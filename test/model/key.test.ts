/** Keys hold all of a state, and nothing else. */
import t from 'tap';
import { keyOf, laidOut, stateOf } from './key.ts';
import { FIELDS, firstState } from './state.ts';

t.test('every field has its bits', (t) => {
  t.same([...laidOut].sort(), [...FIELDS].sort());
  t.end();
});

t.test('a state comes back from its key, and a changed field changes the key', (t) => {
  const first = firstState(2);
  const known = new Set([keyOf(first)]);
  t.same(stateOf(keyOf(first)), first);
  for (const field of FIELDS) {
    const state = { ...first, [field]: first[field] === 1 ? 0 : 1 };
    t.same(stateOf(keyOf(state)), state, field);
    t.notOk(known.has(keyOf(state)), field);
    known.add(keyOf(state));
  }
  for (const index of first.files.keys()) {
    const files = first.files.with(index, 99);
    t.same(stateOf(keyOf({ ...first, files })).files, files, `file ${index}`);
  }
  t.end();
});
