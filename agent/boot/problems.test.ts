import t from 'tap';
import { type Medium, parseCommandLine, placeBytes, readBootState } from '../../bootloader/protocol/index.ts';
import { problemsOf } from './problems.ts';

const vars = { snap_kernel: 'k_x1.snap', snap_core: 'b_x1.snap' };
const healthy: Medium = {
  'env-a': placeBytes(vars),
  'env-b': placeBytes(vars),
  good: placeBytes(vars),
  mark: undefined,
};

function problems(
  medium: Partial<Medium>,
  facts: { rule?: string; contradictions?: string[]; initramfs?: [string, string][] } = {},
) {
  return problemsOf(readBootState({ ...healthy, ...medium }), {
    booted: parseCommandLine(`holdfast.rule=${facts.rule ?? 'default'}`),
    contradictions: facts.contradictions ?? [],
    initramfs: new Map(facts.initramfs ?? []),
  });
}

t.test('problems are told, and only problems', (t) => {
  t.strictSame(problems({}), []);
  t.strictSame(problems({}, { rule: 'after-trial', initramfs: [['fsck', 'clean']] }), []);
  t.match(problems({}, { rule: 'backup-script' }), [/boot script is damaged/]);
  t.match(problems({}, { rule: 'previous' }), [/could not be booted/]);
  t.match(problems({ 'env-a': new Uint8Array(4096) }), [/copy a/]);
  t.match(problems({ 'env-b': undefined }), [/copy b/]);
  t.match(problems({ good: undefined }), [/last-good record/]);
  t.match(problems({}, { contradictions: ['x is mounted'] }), ['x is mounted']);
  t.match(
    problems(
      {},
      {
        initramfs: [
          ['fsck', 'repaired'],
          ['writable', 'ro'],
        ],
      },
    ),
    [/repaired/, /read-only/],
  );
  const none = { 'env-a': undefined, 'env-b': undefined, good: undefined };
  t.match(problems(none), [/nothing on the medium/, /copy a/, /copy b/, /record/]);
  t.end();
});
