/** What the tasks about a snap's data need from outside. */
import type { Trees } from '../../system/tree/trees.ts';
import type { SnapRecords } from '../record/store.ts';

export interface DataWorld {
  /** The device's root directory; on a device `/`. */
  readonly root: string;
  readonly trees: Trees;
  readonly records: Pick<SnapRecords, 'get' | 'all'>;
  /** True where the device has a partition for what has to outlive a reset, and it is mounted. */
  hasSave(): Promise<boolean>;
  /** True for a revision that the device may boot: it stays, and so does its data. Nothing is where it is missing. */
  mayBoot?(place: { readonly instance: string; readonly revision: string }): Promise<boolean>;
}
