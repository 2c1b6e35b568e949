/** Each broken base is taken back with its cause. */
import t from 'tap';
import { BASE_FAULTS } from './lab/faults-base.ts';
import { openLab } from './lab/lab.ts';
import { takenBack } from './lab/taken-back.ts';

// Half of them do nothing but wait for a deadline, so one machine more than elsewhere finds room.
t.test('broken bases', { jobs: 2 }, async (t) => {
  const lab = await openLab();
  for (const fault of BASE_FAULTS) {
    t.test(`${fault.title} is taken back`, { buffered: true }, (t) => takenBack(t, lab, fault));
  }
});
