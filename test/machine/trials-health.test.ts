/** Each kernel that boots, and that a check finds fault with, is taken back with what the check said. */
import t from 'tap';
import { HEALTH_FAULTS } from './lab/faults-health.ts';
import { openLab } from './lab/lab.ts';
import { takenBack } from './lab/taken-back.ts';

const lab = await openLab();
for (const fault of HEALTH_FAULTS) t.test(`${fault.title} is taken back`, (t) => takenBack(t, lab, fault));
