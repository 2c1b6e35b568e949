/**
 * A state as a string of 15 characters, so that millions fit into memory: equal strings are equal states. Every field has its
 * bits in one character; `key.test.ts` holds both directions together, so that no field is left out.
 */
import { FIELDS, type Field, type State } from './state.ts';

/** Fields of one character with their bits, the lowest first. */
const LAYOUT: readonly (readonly (readonly [Field, number])[])[] = [
  [
    ['a', 14],
    ['cold', 1],
    ['watchdog', 1],
  ],
  [
    ['b', 14],
    ['clean', 1],
    ['dirty', 1],
  ],
  [
    ['record', 14],
    ['begun', 1],
    ['pending', 1],
  ],
  [
    ['mark', 14],
    ['trial', 1],
    ['text', 1],
  ],
  [
    ['count', 3],
    ['trace', 3],
    ['traceAge', 2],
    ['verdict', 2],
    ['vboot', 2],
    ['vleft', 3],
    ['stagedHere', 1],
  ],
  [
    ['jstarts', 2],
    ['jend', 3],
    ['junseen', 1],
    ['outcome', 3],
    ['reboots', 2],
    ['trialBoot', 2],
    ['askedHere', 1],
    ['ofChange', 1],
  ],
  [
    ['tried', 6],
    ['changeSet', 6],
    ['fellBack', 1],
    ['change', 3],
  ],
  [
    ['changeAt', 4],
    ['phase', 3],
    ['rule', 4],
    ['starts', 3],
    ['condemned', 2],
  ],
  [
    ['ran', 6],
    ['budget', 2],
    ['spoilt', 2],
    ['had', 6],
  ],
  [
    ['changeEnd', 3],
    ['backHere', 1],
    ['hadPrevious', 6],
    ['knowsPrevious', 1],
  ],
];

/** What `keyOf` and `stateOf` have to know. */
export const laidOut: readonly Field[] = LAYOUT.flatMap((fields) => fields.map(([field]) => field));

export function keyOf(s: State): string {
  const f = s.files;
  return String.fromCharCode(
    s.a | (s.cold << 14) | (s.watchdog << 15),
    s.b | (s.clean << 14) | (s.dirty << 15),
    s.record | (s.begun << 14) | (s.pending << 15),
    s.mark | (s.trial << 14) | (s.text << 15),
    s.count |
      (s.trace << 3) |
      (s.traceAge << 6) |
      (s.verdict << 8) |
      (s.vboot << 10) |
      (s.vleft << 12) |
      (s.stagedHere << 15),
    s.jstarts |
      (s.jend << 2) |
      (s.junseen << 5) |
      (s.outcome << 6) |
      (s.reboots << 9) |
      (s.trialBoot << 11) |
      (s.askedHere << 13) |
      (s.ofChange << 14),
    s.tried | (s.changeSet << 6) | (s.fellBack << 12) | (s.change << 13),
    s.changeAt | (s.phase << 4) | (s.rule << 7) | (s.starts << 11) | (s.condemned << 14),
    s.ran | (s.budget << 6) | (s.spoilt << 8) | (s.had << 10),
    s.changeEnd | (s.backHere << 3) | (s.hadPrevious << 4) | (s.knowsPrevious << 10),
    (f[0] ?? 0) | ((f[1] ?? 0) << 7),
    (f[2] ?? 0) | ((f[3] ?? 0) << 7),
    (f[4] ?? 0) | ((f[5] ?? 0) << 7),
    (f[6] ?? 0) | ((f[7] ?? 0) << 7),
    f[8] ?? 0,
  );
}

/** The state again. */
export function stateOf(key: string): State {
  const state = Object.fromEntries(FIELDS.map((field) => [field, 0])) as { [field in Field]: number };
  LAYOUT.forEach((fields, index) => {
    let code = key.charCodeAt(index);
    for (const [field, bits] of fields) {
      state[field] = code & ((1 << bits) - 1);
      code >>= bits;
    }
  });
  const files: number[] = [];
  for (let index = LAYOUT.length; index < key.length; index++) {
    files.push(key.charCodeAt(index) & 127, key.charCodeAt(index) >> 7);
  }
  return { ...state, files: files.slice(0, 9) };
}
