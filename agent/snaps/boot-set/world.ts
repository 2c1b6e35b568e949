/** What the boot set's part of a change needs from outside. */
import type { SlotNames } from '../../../bootloader/protocol/index.ts';
import type { BootEnv } from '../../boot/bootenv.ts';
import type { Layout } from '../../boot/layout.ts';
import type { TrialLog } from '../../boot/trial-log.ts';
import type { Disk } from '../../system/disk.ts';

export interface BootSetWorld {
  readonly disk: Disk;
  readonly layout: Pick<Layout, 'snaps' | 'bootPartition'>;
  readonly env: BootEnv;
  readonly trials: TrialLog;
  readonly bootId: string;
  /** What runs in this boot. */
  readonly ran: SlotNames;
  /** Asks for the reboot that starts the trial; returns at once. */
  requestReboot(why: string): void;
}
