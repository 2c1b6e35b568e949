/** What of the writes on their way a power cut leaves on the medium: each fate is one such outcome, chosen from a seed. */
import type { Content, DataChange, FileSystem, Kept, Medium, NameChange, Node } from './medium.ts';
import type { Picture } from './picture.ts';
import { type Random, randomFrom } from './random.ts';

export const SECTOR_BYTES = 512;

export interface FateOptions {
  readonly seed: number;
  /** How many random fates, beside the systematic ones. */
  readonly random: number;
  readonly fileSystem?: FileSystem;
  /** True for places that are written without a file system: there a cut may also garble the sector beside the written ones. */
  readonly isRaw: (path: string) => boolean;
}

export interface Fate {
  readonly name: string;
  readonly picture: Picture;
}

/** All subsets are tried of up to so many changes of names. */
const SUBSETS_OF = 3;

const durable = (node: Node): Content => node.durable;
const live = (node: Node): Content => node.live;

/** The outcomes to look at if the power goes now; the first has nothing of what is on its way, the second all of it. */
export function fatesOf(medium: Medium, options: FateOptions): Fate[] {
  const { fileSystem = 'weakest' } = options;
  const { names } = medium;
  const without = (kept: ReadonlySet<NameChange>) =>
    medium.image({ names: kept, content: durable, isFilled: () => false });
  const whole = (kept: ReadonlySet<NameChange>) => medium.image({ names: kept, content: live, isFilled: () => true });
  const fates: Fate[] = [
    { name: 'nothing', picture: without(new Set()) },
    { name: 'everything', picture: whole(new Set(names)) },
  ];
  if (medium.isQuiet) return fates;
  for (const kept of subsets(names, fileSystem)) {
    const which = `names ${names.map((name) => (kept.has(name) ? 1 : 0)).join('') || 'none'}`;
    fates.push({ name: `${which} without content`, picture: without(kept) });
    fates.push({ name: `${which} with content`, picture: whole(kept) });
  }
  for (let index = 0; index < options.random; index++) {
    const random = randomFrom(options.seed * 1009 + index);
    const contents = new Map<Node, Content>();
    const kept: Kept = {
      names: someOf(names, fileSystem, random),
      content(node, path) {
        const known = contents.get(node) ?? scattered(node, options.isRaw(path), random);
        contents.set(node, known);
        return known;
      },
      isFilled: () => random.chance(0.5),
    };
    fates.push({ name: `random ${index}`, picture: medium.image(kept) });
  }
  return fates;
}

function subsets(names: readonly NameChange[], fileSystem: FileSystem): ReadonlySet<NameChange>[] {
  if (fileSystem === 'ext4') return names.map((_, index) => new Set(names.slice(0, index + 1)));
  if (names.length > SUBSETS_OF) return [new Set(names)];
  return Array.from({ length: 2 ** names.length }, (_, bits) => new Set(names.filter((_name, at) => bits & (1 << at))));
}

function someOf(names: readonly NameChange[], fileSystem: FileSystem, random: Random): ReadonlySet<NameChange> {
  if (fileSystem === 'ext4') return new Set(names.slice(0, random.int(names.length + 1)));
  return new Set(names.filter(() => random.chance(0.5)));
}

/** Some of a file's content that is on its way: in one of three manners of losing it. */
function scattered(node: Node, isRaw: boolean, random: Random): Content {
  if (node.pending.length === 0) return node.durable;
  const mode = random.chance(0.5) ? node.durable.mode : node.live.mode;
  if (node.kind !== 'file') return { bytes: node.durable.bytes, mode };
  const manner = random.int(3);
  const bytes = manner === 0 ? bySector(node, random) : manner === 1 ? upToATear(node, random) : byWrite(node, random);
  return { bytes: isRaw && random.chance(0.5) ? garbled(bytes, node, random) : bytes, mode };
}

/** Each sector as it was after any of the writes that touched it, the size as it was after any of them. */
function bySector(node: Node, random: Random): Uint8Array {
  const sizes = [node.durable.bytes.length];
  for (const change of node.pending) sizes.push(sizeAfter(sizes.at(-1) ?? 0, change));
  const size = sizes[random.int(sizes.length)] ?? 0;
  const whole = Math.max(...sizes);
  const bytes = new Uint8Array(whole);
  bytes.set(node.durable.bytes);
  for (let start = 0; start < whole; start += SECTOR_BYTES) {
    const touching = node.pending.filter((change) => touches(change, start));
    for (const change of touching.slice(0, random.int(touching.length + 1))) {
      put(bytes, change, start, start + SECTOR_BYTES);
    }
    // A block that the file system gave to the file holds, until it is written, what somebody else left in it.
    if (start >= node.durable.bytes.length && touching.length > 0 && random.chance(0.1)) {
      garble(bytes.subarray(start, start + SECTOR_BYTES), random);
    }
  }
  return bytes.slice(0, size);
}

/** All writes up to one that is torn at a sector, and none after it. */
function upToATear(node: Node, random: Random): Uint8Array {
  const last = random.int(node.pending.length);
  let bytes = node.durable.bytes;
  for (const change of node.pending.slice(0, last)) bytes = carriedOut(bytes, change);
  const change = node.pending[last];
  if (change?.kind !== 'write') return bytes;
  const first = SECTOR_BYTES - (change.offset % SECTOR_BYTES);
  const sectors = Math.max(0, Math.ceil((change.data.length - first) / SECTOR_BYTES)) + 1;
  const torn = random.int(sectors) === 0 ? 0 : first + SECTOR_BYTES * random.int(sectors);
  return carriedOut(bytes, { ...change, data: change.data.subarray(0, torn) });
}

/** Each write whole or not at all. */
function byWrite(node: Node, random: Random): Uint8Array {
  let bytes = node.durable.bytes;
  for (const change of node.pending) if (random.chance(0.5)) bytes = carriedOut(bytes, change);
  return bytes;
}

/** With one sector of the last write, or the one beside it, as neither of the two had it. */
function garbled(bytes: Uint8Array, node: Node, random: Random): Uint8Array {
  const last = node.pending.findLast((change) => change.kind === 'write');
  if (last === undefined) return bytes;
  const first = Math.floor(last.offset / SECTOR_BYTES) - 1;
  const count = Math.ceil((last.offset + last.data.length) / SECTOR_BYTES) + 1 - first;
  const start = Math.max(0, (first + random.int(count)) * SECTOR_BYTES);
  const copy = bytes.slice();
  garble(copy.subarray(start, start + SECTOR_BYTES), random);
  return copy;
}

function garble(sector: Uint8Array, random: Random): void {
  for (let at = 0; at < sector.length; at++) sector[at] = random.int(256);
}

function sizeAfter(size: number, change: DataChange): number {
  if (change.kind === 'size') return change.size;
  return change.kind === 'write' ? Math.max(size, change.offset + change.data.length) : size;
}

function touches(change: DataChange, start: number): boolean {
  if (change.kind === 'write')
    return change.offset < start + SECTOR_BYTES && change.offset + change.data.length > start;
  return change.kind === 'size' && change.size < start + SECTOR_BYTES;
}

/** What a change does to the bytes from `start` to `end`. */
function put(bytes: Uint8Array, change: DataChange, start: number, end: number): void {
  if (change.kind === 'size') bytes.fill(0, Math.max(start, change.size), Math.max(start, Math.min(end, bytes.length)));
  if (change.kind !== 'write') return;
  const from = Math.max(start, change.offset);
  const to = Math.min(end, change.offset + change.data.length);
  bytes.set(change.data.subarray(from - change.offset, to - change.offset), from);
}

function carriedOut(bytes: Uint8Array, change: DataChange): Uint8Array {
  const size = sizeAfter(bytes.length, change);
  const next = new Uint8Array(size);
  next.set(bytes.subarray(0, size));
  if (change.kind === 'write') next.set(change.data, change.offset);
  return next;
}
