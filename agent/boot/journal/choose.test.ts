import t from 'tap';
import { chooseSlot, newestVersions, type SlotUse } from './choose.ts';
import { randomNumbers } from './testing.ts';

const none: ReadonlySet<number> = new Set();
const use = (sequence: number, boot: number, version: number): SlotUse => ({ sequence, boot, version });

t.test('the slot that is missed least', (t) => {
  const cases: readonly (readonly [
    what: string,
    slots: readonly SlotUse[],
    bad: ReadonlySet<number>,
    at: number | undefined,
  ])[] = [
    ['an empty ring', [undefined, undefined], none, 0],
    ['the empty slot after the latest', [undefined, use(1, 1, 1), undefined], none, 2],
    ['and round the end', [undefined, use(1, 1, 1), use(2, 1, 2)], none, 0],
    ['an empty one before a superseded one', [use(1, 1, 1), use(2, 1, 2), undefined], none, 2],
    ['the oldest that is superseded', [use(3, 2, 1), use(4, 2, 2), use(1, 1, 1), use(2, 1, 2)], none, 2],
    ['superseded of a new boot before the only one of an old', [use(1, 1, 1), use(2, 2, 1), use(3, 2, 2)], none, 1],
    ['the oldest boot', [use(5, 3, 1), use(9, 1, 4), use(4, 2, 1)], none, 1],
    ['a bad slot is left alone', [undefined, use(1, 1, 1)], new Set([0]), 1],
    ['nothing is left', [undefined], new Set([0]), undefined],
    ['no slots', [], none, undefined],
  ];
  for (const [what, slots, bad, at] of cases) t.equal(chooseSlot(slots, bad), at, what);
  t.end();
});

t.test('whatever is torn, the newest version of every boot but the oldest stays', (t) => {
  const random = randomNumbers(2);
  const slots: SlotUse[] = new Array(6).fill(undefined);
  let boot = 1;
  let version = 0;
  for (let sequence = 1; sequence < 3000; sequence++) {
    if (random() < 0.2) {
      boot += 1;
      version = 0;
    }
    version += 1;
    const at = chooseSlot(slots, none) ?? Number.NaN;
    const lost = slots[at];
    const oldest = Math.min(...slots.map((slot) => slot?.boot ?? Number.POSITIVE_INFINITY));
    if (lost !== undefined && newestVersions(slots).get(lost.boot) === lost.version && lost.boot !== oldest) {
      t.fail(`boot ${lost.boot} loses its newest version`);
    }
    slots[at] = random() < 0.2 ? undefined : use(sequence, boot, version);
  }
  t.ok(newestVersions(slots).size >= 4, 'a ring keeps nearly as many boots as it has slots');
  t.end();
});
