/**
 * `multipart/form-data` as a stream (RFC 7578), for uploads that are larger than memory. Text parts are kept, bounded;
 * a file part is handed over as a stream of its bytes while it arrives.
 */

export type MultipartErrorCode = 'no-boundary' | 'malformed' | 'too-large' | 'cut-short';

export class MultipartError extends Error {
  readonly code: MultipartErrorCode;

  constructor(code: MultipartErrorCode, message: string) {
    super(`cannot read the form: ${message}`);
    this.name = 'MultipartError';
    this.code = code;
  }
}

export interface FormFile {
  readonly field: string;
  readonly fileName: string;
  /** The content; reading it to its end moves on to the next part. */
  readonly content: AsyncIterable<Uint8Array>;
}

export interface FormLimits {
  /** Bytes of all text parts together. */
  readonly textBytes: number;
  readonly parts: number;
}

/** snapd keeps at most 1 MiB of text parts in memory. */
export const defaultLimits: FormLimits = { textBytes: 1 << 20, parts: 64 };

const maxHeaderBytes = 8192;

/** The boundary of a Content-Type header; `undefined` where it is not multipart/form-data. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const match = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70})(?=[\s;]|$))/i.exec(
    contentType ?? '',
  );
  return match?.[1] ?? match?.[2];
}

/**
 * Reads a form to its end; `onFile` gets each file part and must consume it. Returns the text parts, the first of equal
 * names.
 * @throws MultipartError
 */
export async function readForm(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  onFile: (file: FormFile, fields: ReadonlyMap<string, string>) => Promise<void>,
  limits: FormLimits = defaultLimits,
): Promise<ReadonlyMap<string, string>> {
  const reader = new PartReader(body, boundary);
  try {
    return await readParts(reader, onFile, limits);
  } finally {
    await reader.close();
  }
}

async function readParts(
  reader: PartReader,
  onFile: (file: FormFile, fields: ReadonlyMap<string, string>) => Promise<void>,
  limits: FormLimits,
): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>();
  let room = limits.textBytes;
  await reader.skipPreamble();
  for (let part = 0; part < limits.parts; part++) {
    const header = await reader.nextPart();
    if (header === undefined) return fields;
    const { field, fileName } = disposition(header);
    if (fileName !== undefined) {
      const content = reader.content();
      await onFile({ field, fileName, content }, fields);
      // A consumer that stopped early must not leave its bytes to be taken for the next part.
      for await (const _ of content);
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of reader.content()) {
      room -= chunk.length;
      if (room < 0) throw new MultipartError('too-large', `its text parts have more than ${limits.textBytes} bytes`);
      chunks.push(chunk);
    }
    if (!fields.has(field)) fields.set(field, Buffer.concat(chunks).toString('utf8'));
  }
  throw new MultipartError('too-large', `it has more than ${limits.parts} parts`);
}

/** Cuts a byte stream at the delimiters, holding back no more than a delimiter's length. */
class PartReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #atPartEnd = true;

  constructor(body: AsyncIterable<Uint8Array>, boundary: string) {
    this.#source = body[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /** Lets go of the source, which whoever gave it may then read on. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async skipPreamble(): Promise<void> {
    // The first delimiter may stand at the very start, without the line break before it.
    this.#held = Buffer.from('\r\n');
    this.#atPartEnd = false;
    let bytes = 0;
    for await (const chunk of this.content()) {
      bytes += chunk.length;
      if (bytes > maxHeaderBytes) throw new MultipartError('malformed', 'no boundary at its start');
    }
  }

  /** The header lines of the next part; `undefined` after the last one. */
  async nextPart(): Promise<string | undefined> {
    while (this.#held.length < 2) await this.#more();
    if (this.#held.subarray(0, 2).toString('latin1') === '--') return undefined;
    let end = this.#held.indexOf('\r\n\r\n');
    while (end < 0) {
      if (this.#held.length > maxHeaderBytes) throw new MultipartError('malformed', 'a part has too long a header');
      await this.#more();
      end = this.#held.indexOf('\r\n\r\n');
    }
    const header = this.#held.subarray(0, end).toString('utf8');
    // The line break before the content may be the one that starts the delimiter of an empty part.
    this.#held = this.#held.subarray(end + 2);
    if (!this.#held.subarray(0, this.#delimiter.length).equals(this.#delimiter)) this.#held = this.#held.subarray(2);
    this.#atPartEnd = false;
    return header;
  }

  /** The bytes up to the next delimiter. */
  async *content(): AsyncGenerator<Uint8Array> {
    while (!this.#atPartEnd) {
      const at = this.#held.indexOf(this.#delimiter);
      if (at >= 0) {
        const chunk = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + this.#delimiter.length);
        this.#atPartEnd = true;
        if (chunk.length > 0) yield chunk;
        return;
      }
      const safe = this.#held.length - this.#delimiter.length;
      if (safe > 0) {
        const chunk = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        yield chunk;
      }
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw new MultipartError('cut-short', 'it ends before its last boundary');
    this.#held = this.#held.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#held, next.value]);
  }
}

function disposition(header: string): { readonly field: string; readonly fileName: string | undefined } {
  const line = header.split('\r\n').find((text) => /^content-disposition\s*:/i.test(text));
  const field = quoted(line, 'name');
  if (line === undefined || field === undefined) throw new MultipartError('malformed', 'a part has no name');
  return { field, fileName: quoted(line, 'filename') };
}

function quoted(line: string | undefined, key: string): string | undefined {
  const match = new RegExp(`[;\\s]${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(line ?? '');
  return match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2];
}
