/** Histories and answers that this runner does not understand are errors, so that none is passed over. */
import t from 'tap';
import { parseAnswer, parseHistory } from './history.ts';

const base = { bootloader: 'uboot', vars: { snap_core: 'core18_1.snap' }, ops: [] };

t.test('every operation', async (t) => {
  const ops = [
    { op: 'set_next', type: 'kernel', snap: 'k_1.snap', no_try: true, crash_in: 'GetBootVars' },
    { op: 'set_next', type: 'base', snap: 'b_1.snap' },
    { op: 'mark_successful', crash_in: 'SetBootVars' },
    { op: 'current_boot', type: 'base' },
    { op: 'in_use', type: 'base', snap: 'b_1.snap' },
    { op: 'set_vars', vars: { snap_mode: 'try' } },
    { op: 'bootloader' },
    { op: 'initramfs' },
    { op: 'write_modeenv', text: 'mode=run' },
  ];
  const history = parseHistory({ ...base, ops });
  t.same(
    history.operations.map(({ op }) => op),
    ops.map(({ op }) => op),
  );
  t.same(history.operations.slice(0, 2), [
    { op: 'set_next', type: 'kernel', snap: 'k_1.snap', noTry: true },
    { op: 'set_next', type: 'base', snap: 'b_1.snap', noTry: false },
  ]);
  t.notOk(history.isGraded);
  t.ok(parseHistory({ ...base, modeenv: 'mode=run' }).isGraded);
});

t.test('what is not known', async (t) => {
  for (const bootloader of ['uboot', 'grub', 'mock', 'mock-env', 'mock-notscriptable', 'mock-recovery'])
    t.equal(parseHistory({ ...base, bootloader }).bootloader, bootloader);
  t.throws(() => parseHistory({ ...base, bootloader: 'lilo' }), /of the bootloader lilo/);
  t.throws(() => parseHistory({ ...base, strange: 1 }), /the field strange/);
  t.throws(() => parseHistory({ ...base, ops: [{ op: 'fly' }] }), /the operation fly is not known/);
  t.throws(() => parseHistory({ ...base, ops: [{ op: 'bootloader', speed: 1 }] }), /ops\[0\]: the field speed/);
  t.throws(() => parseHistory({ ...base, ops: [{ op: 'in_use', type: 'base' }] }), /ops\[0\]\.snap/);
});

t.test('an answer belongs to its history', async (t) => {
  const history = parseHistory({ ...base, ops: [{ op: 'bootloader' }] });
  const initial = { op: { op: 'initial' }, state: { vars: {} } };
  const step = { op: { op: 'bootloader' }, result: { core: 'b', kernel: 'k', error: null }, state: { vars: {} } };
  const answer = (...steps: unknown[]) => parseAnswer({ result: { steps } }, history);
  t.same(answer(initial, step).steps, [
    { answer: { said: 'boots', kernel: 'k', base: 'b' }, vars: {}, writes: undefined },
  ]);
  t.throws(() => answer(initial), /1 operations, 0 answers/);
  t.throws(() => answer(initial, step, step), /1 operations, 2 answers/);
  t.throws(() => answer(initial, { ...step, op: { op: 'in_use' } }), /it answers in_use, the history has bootloader/);
  t.throws(() => answer(initial, { ...step, state: { vars: {}, moon: 1 } }), /the field moon/);
});
