/**
 * What the API asks about snaps, and asks for. A port, so that requests and answers can be tested without a device; the
 * requests are the device's own.
 */

import type { InstallUploads } from '../device/plan-uploads.ts';
import type { SnapRequest } from '../device/request.ts';
import type { SnapView } from '../device/snap-view.ts';
import type { Upload } from '../device/upload.ts';
import type { Change } from '../engine/model.ts';
import type { ChangePlan } from '../engine/plan.ts';
import type { Hold } from '../snaps/record/holds.ts';
import type { SnapRecord } from '../snaps/record/model.ts';
import type { SnapshotExport } from '../snaps/saved/export.ts';
import type { Imported } from '../snaps/saved/import.ts';
import type { SetFilter } from '../snaps/saved/sets.ts';

/** A file that was taken in, and what its user calls it. */
export type Received = InstallUploads['uploads'][number];

export interface SnapDesk {
  /**
   * Refuses while anything is under way that every new change would disturb.
   * @throws DeviceError `conflict`
   */
  assertFree(): Promise<void>;
  /**
   * Takes a snap file in.
   * @throws SnapsError, DiskError; nothing is left then
   */
  receive(content: AsyncIterable<Uint8Array>): Promise<Upload>;
  /** Removes what was received and not installed. */
  discard(upload: Upload): Promise<void>;
  /**
   * What a request would do. Changes nothing.
   * @throws SnapsError, DiskError
   */
  plan(request: SnapRequest): Promise<ChangePlan>;
  /**
   * Starts what is asked for.
   * @throws DeviceError, SnapsError, DiskError; uploads are the caller's to discard then
   */
  request(request: SnapRequest): Promise<Change>;
  /**
   * Gives a change up: what is done of it is undone.
   * @throws DeviceError `conflict` while a trial is judged; EngineError `no-change`, `is-over`
   */
  abort(id: number): Promise<Change>;
  /** The installed snaps, by name. @param names only these; all where none is named */
  snaps(names?: readonly string[]): Promise<readonly SnapView[]>;
  /** What is known of the installed snaps beside their files, by name. */
  records(): readonly SnapRecord[];
  /** File names of the boot set that runs, by the kernel's word. */
  running(): Promise<ReadonlySet<string>>;
  holds(): readonly Hold[];
  /** The saved snapshots, by set, as snapd's clients know them. @throws DiskError */
  snapshots(filter: SetFilter): Promise<readonly object[]>;
  /** Whoever opens an export closes it. @throws SavedError, DiskError */
  exportSnapshots(set: number): Promise<SnapshotExport>;
  /** Takes an exported set. @throws SavedError, DiskError; nothing of it is left then */
  importSnapshots(content: AsyncIterable<Uint8Array>): Promise<Imported>;
  /** The units of snaps. */
  units(): Promise<SnapUnits>;
}

/** Names of units. */
export interface SnapUnits {
  /** They run. */
  readonly active: ReadonlySet<string>;
  /** They start with the device. */
  readonly enabled: ReadonlySet<string>;
}
