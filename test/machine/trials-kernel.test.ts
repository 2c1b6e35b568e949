/** Each kernel that does not come as far as its agent is taken back with its cause. */
import t from 'tap';
import { KERNEL_FAULTS } from './lab/faults-kernel.ts';
import { openLab } from './lab/lab.ts';
import { takenBack } from './lab/taken-back.ts';

const lab = await openLab();
for (const fault of KERNEL_FAULTS) t.test(`${fault.title} is taken back`, (t) => takenBack(t, lab, fault));
