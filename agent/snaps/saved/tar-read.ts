/**
 * Reads a tar archive as it streams by: of GNU's form, with its long names and sparse files, or of POSIX's, of which the
 * extensions that GNU's tar writes by itself are known. Whatever it cannot read wholly it refuses.
 */
import { ByteSource } from './byte-source.ts';
import {
  bad,
  blockBytes,
  decodeHeader,
  decodeMoreSparse,
  decodeSparse,
  letters,
  type Segment,
  type SparseMap,
  type TarHeader,
} from './tar-header.ts';
import type { Name } from './tree.ts';

export interface TarEntry extends TarHeader {
  readonly sparse?: SparseMap;
  /** What follows the head, once; what is not read is passed over. */
  content(): AsyncIterable<Uint8Array>;
}

/** Of names and of POSIX's extensions; bytes. */
const maxExtensionBytes = 1 << 20;
const maxSegments = 1_000_000;

/** What earlier entries say of the next one. */
interface Ahead {
  name?: Name;
  link?: Name;
  pax?: ReadonlyMap<string, string>;
}

/** @throws SavedError `not-a-snapshot` */
export async function* readTar(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(stream);
  try {
    yield* entriesOf(source);
    // What stands behind the end is padding; the stream has to come to its own end, which may be checked.
    while ((await source.some(1 << 16)) !== undefined);
  } finally {
    await source.end();
  }
}

async function* entriesOf(source: ByteSource): AsyncGenerator<TarEntry> {
  const global = new Map<string, string>();
  for (let ahead: Ahead = {}; ; ) {
    const block = await source.take(blockBytes);
    const header = decodeHeader(block);
    if (header === undefined) return;
    const { letter } = header;
    if (letter === letters.longName) ahead.name = await longText(source, header);
    else if (letter === letters.longLink) ahead.link = await longText(source, header);
    else if (letter === letters.pax) ahead.pax = new Map(recordsIn(await extension(source, header)));
    else if (letter === letters.paxGlobal) {
      for (const [key, value] of recordsIn(await extension(source, header))) global.set(key, value);
    } else {
      const sparse = letter === letters.sparse ? await sparseMap(source, block, header) : undefined;
      const entry = withPax({ ...header, ...named(ahead) }, new Map([...global, ...(ahead.pax ?? [])]));
      ahead = {};
      yield* oneEntry(source, entry, sparse);
    }
  }
}

async function* oneEntry(
  source: ByteSource,
  header: TarHeader,
  sparse: SparseMap | undefined,
): AsyncGenerator<TarEntry> {
  // Of links and directories nothing follows, whatever their size says.
  const size = header.letter === letters.file || header.letter === letters.sparse ? header.size : 0;
  let left = size;
  const content = async function* () {
    for await (const piece of source.pieces(left)) {
      left -= piece.length;
      yield piece;
    }
  };
  yield { ...header, size, ...(sparse === undefined ? {} : { sparse }), content };
  await source.skip(left);
  await source.skip((blockBytes - (size % blockBytes)) % blockBytes);
}

function named({ name, link }: Ahead): Partial<TarHeader> {
  return { ...(name === undefined ? {} : { name }), ...(link === undefined ? {} : { link }) };
}

async function extension(source: ByteSource, { size }: TarHeader): Promise<Buffer> {
  if (size > maxExtensionBytes) throw bad('a name or an extension is too long');
  const bytes = await source.take(size);
  await source.skip((blockBytes - (size % blockBytes)) % blockBytes);
  return bytes;
}

async function longText(source: ByteSource, header: TarHeader): Promise<Name> {
  const text = (await extension(source, header)).toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** `<length> <key>=<value>\n`, again and again. */
function recordsIn(bytes: Buffer): [string, string][] {
  const records: [string, string][] = [];
  for (let text = bytes.toString('latin1'); text !== ''; ) {
    const [, digits = ''] = /^([1-9]\d{0,6}) /.exec(text) ?? [];
    const length = Number(digits);
    const record = text.slice(digits.length + 1, length - 1);
    const equals = record.indexOf('=');
    if (digits === '' || text[length - 1] !== '\n' || equals < 1) throw bad('an extension of an entry is damaged');
    records.push([record.slice(0, equals), record.slice(equals + 1)]);
    text = text.slice(length);
  }
  return records;
}

function withPax(header: TarHeader, pax: ReadonlyMap<string, string>): TarHeader {
  if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse.'))) {
    throw bad('it has sparse files of a form that is not supported');
  }
  const number = (key: string, otherwise: number): number => {
    const text = pax.get(key);
    if (text === undefined) return otherwise;
    const value = Math.floor(Number(text));
    if (!/^-?\d+(\.\d+)?$/.test(text) || !Number.isSafeInteger(value)) throw bad(`${key} of an entry is no number`);
    return value;
  };
  const size = number('size', header.size);
  if (size < 0) throw bad('the size of an entry is negative');
  return {
    ...header,
    name: pax.get('path') ?? header.name,
    link: pax.get('linkpath') ?? header.link,
    uid: number('uid', header.uid),
    gid: number('gid', header.gid),
    mtime: number('mtime', header.mtime),
    size,
  };
}

async function sparseMap(source: ByteSource, block: Buffer, header: TarHeader): Promise<SparseMap> {
  const { segments: first, size, more } = decodeSparse(block);
  const segments: Segment[] = [...first];
  for (let goesOn = more; goesOn; ) {
    const next = decodeMoreSparse(await source.take(blockBytes));
    segments.push(...next.segments);
    goesOn = next.more;
    if (segments.length > maxSegments) throw bad('a sparse file has too many parts');
  }
  let end = 0;
  for (const segment of segments) {
    if (segment.offset < end) throw bad('the parts of a sparse file overlap');
    end = segment.offset + segment.size;
  }
  const total = segments.reduce((sum, segment) => sum + segment.size, 0);
  if (end > size || total !== header.size) throw bad('the parts of a sparse file do not make up the file');
  return { segments, size };
}
