/**
 * A checkpoint: a file with a whole copy of the database, and behind it a page of text that says which one it is. SQLite opens
 * such a file as it is, and ignores the text.
 */
import { createHash } from 'node:crypto';

/** What the copy is of. */
export interface CheckpointFacts {
  /** One more with each checkpoint: the highest is the newest. */
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  /** The salt of the log that the copy was taken with, and how many frames of it are in the copy. */
  readonly logSalt: number;
  readonly logFrames: number;
}

export interface Checkpoint extends CheckpointFacts {
  /** The database, as the bytes of a file. */
  readonly image: Uint8Array;
}

const textBytes = 4096;
const title = 'holdfast-checkpoint 1';

/** The two files, in turns: what is written takes the place of the older one. */
export const checkpointNames = ['a', 'b'] as const;

export function checkpointPath(path: string, name: (typeof checkpointNames)[number]): string {
  return `${path}.checkpoint-${name}`;
}

/** Where the checkpoint with this sequence goes. */
export function placeOf(path: string, sequence: number): string {
  return checkpointPath(path, sequence % 2 === 1 ? 'a' : 'b');
}

export function packCheckpoint(image: Uint8Array, facts: CheckpointFacts): Uint8Array<ArrayBuffer> {
  const { sequence, time, logSalt, logFrames } = facts;
  const said = `${title}\nsequence ${sequence}\ntime ${time}\nlog-salt ${logSalt}\nlog-frames ${logFrames}\n`;
  const file = new Uint8Array(image.length + textBytes).fill(0x20, image.length);
  file.set(image);
  file.set(Buffer.from(`${said}sha256 ${digest(image, said)}\n`), image.length);
  return file;
}

/** @returns undefined where it is damaged */
export function readCheckpoint(file: Uint8Array): Checkpoint | undefined {
  if (file.length <= textBytes) return undefined;
  const image = file.subarray(0, file.length - textBytes);
  const text = Buffer.from(file.subarray(file.length - textBytes)).toString('latin1');
  const match =
    /^(holdfast-checkpoint 1\nsequence (\d+)\ntime (\S+)\nlog-salt (\d+)\nlog-frames (\d+)\n)sha256 ([0-9a-f]{64})\n *$/.exec(
      text,
    );
  const [, said = '', sequence, time = '', logSalt, logFrames, sha256] = match ?? [];
  if (match === null || digest(image, said) !== sha256) return undefined;
  return { sequence: Number(sequence), time, logSalt: Number(logSalt), logFrames: Number(logFrames), image };
}

function digest(image: Uint8Array, said: string): string {
  return createHash('sha256').update(image).update(said).digest('hex');
}
