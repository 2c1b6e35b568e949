/** A snap file against its record. */
import { join } from 'node:path';
import type { Layout } from '../../boot/layout.ts';
import type { Disk, StreamResult } from '../../system/disk.ts';
import { DiskError } from '../../system/disk-error.ts';
import { parseDigest } from './digest-record.ts';
import type { FitnessState } from './finding.ts';
import { digestOf, type Pause } from './reading.ts';

export interface SnapCheck {
  readonly state: FitnessState;
  readonly reason: string;
  /** What the file is, where all of it could be read. */
  readonly there: StreamResult | undefined;
}

/** A record is 80 bytes or so. */
const maxRecordBytes = 4096;

/** Reads all of a snap file. @throws Disturbed */
export async function checkSnapFile(disk: Disk, layout: Layout, file: string, pause: Pause): Promise<SnapCheck> {
  const path = join(layout.snaps, file);
  try {
    if ((await disk.stat(path))?.kind !== 'file') {
      return { state: 'missing', reason: `it is not in ${layout.snaps}`, there: undefined };
    }
    const there = await digestOf(disk.readStream(path), pause);
    const record = await recordOf(disk, join(layout.digests, file));
    if (record === undefined) return { state: 'no-record', reason: 'it has no digest that can be read', there };
    if (record.size !== there.size) {
      return { state: 'rotten', reason: `it has ${there.size} bytes instead of ${record.size}`, there };
    }
    if (record.sha256 !== there.sha256) {
      return { state: 'rotten', reason: 'its SHA-256 is not the one that was written down', there };
    }
    return { state: 'fit', reason: '', there };
  } catch (error) {
    if (error instanceof DiskError) return { state: 'rotten', reason: error.message, there: undefined };
    throw error;
  }
}

async function recordOf(disk: Disk, path: string): Promise<StreamResult | undefined> {
  try {
    return parseDigest(await disk.readFile(path, { maxBytes: maxRecordBytes }));
  } catch (error) {
    if (error instanceof DiskError) return undefined;
    throw error;
  }
}
