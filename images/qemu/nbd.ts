import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { MachineError } from './error.ts';

/*
 * A small client of the NBD protocol: fixed newstyle negotiation with NBD_OPT_EXPORT_NAME, simple replies, one request
 * at a time. https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 */
const NBD_MAGIC = 0x4e42444d41474943n;
const OPTION_MAGIC = 0x49484156454f5054n;
const REQUEST_MAGIC = 0x25609513;
const REPLY_MAGIC = 0x67446698;
const FLAG_FIXED_NEWSTYLE = 1;
const FLAG_NO_ZEROES = 2;
const OPTION_EXPORT_NAME = 1;
const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3 } as const;
const ALIGNMENT_BYTES = 512;

/** The largest request; a server need not take more than 32 MiB. */
export const NBD_REQUEST_BYTES_LIMIT = 8 * 1024 * 1024;

/** A disk that an NBD server exports. Offsets and lengths must be multiples of 512, at most `NBD_REQUEST_BYTES_LIMIT`. */
export class NbdClient {
  readonly size: number;
  readonly #stream: Duplex;
  readonly #reader: ByteReader;
  #handle = 0n;

  private constructor(stream: Duplex, reader: ByteReader, size: number) {
    this.#stream = stream;
    this.#reader = reader;
    this.size = size;
  }

  /** Connects to the export `name` of the server at a unix socket. */
  static async connect(path: string, name: string): Promise<NbdClient> {
    const socket = createConnection(path);
    await once(socket, 'connect');
    return NbdClient.negotiate(socket, name);
  }

  /** @throws MachineError `disk-protocol` if the other side is no server that has this export. */
  static async negotiate(stream: Duplex, name: string): Promise<NbdClient> {
    const reader = new ByteReader(stream);
    const greeting = await reader.read(18);
    const isServer = greeting.readBigUInt64BE(0) === NBD_MAGIC && greeting.readBigUInt64BE(8) === OPTION_MAGIC;
    if (!isServer || (greeting.readUInt16BE(16) & FLAG_NO_ZEROES) === 0) {
      throw new MachineError('disk-protocol', 'cannot talk to the disk server: it does not speak newstyle NBD');
    }
    const option = Buffer.alloc(20 + Buffer.byteLength(name));
    option.writeUInt32BE(FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES, 0);
    option.writeBigUInt64BE(OPTION_MAGIC, 4);
    option.writeUInt32BE(OPTION_EXPORT_NAME, 12);
    option.writeUInt32BE(Buffer.byteLength(name), 16);
    option.write(name, 20);
    stream.write(option);
    const answer = await reader.read(10);
    return new NbdClient(stream, reader, Number(answer.readBigUInt64BE(0)));
  }

  read(offset: number, length: number): Promise<Buffer> {
    return this.#request(COMMAND.read, offset, length, undefined);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#request(COMMAND.write, offset, bytes.length, bytes);
  }

  async flush(): Promise<void> {
    await this.#request(COMMAND.flush, 0, 0, undefined);
  }

  /** Tells the server that this was all. */
  close(): void {
    this.#stream.end(requestHeader(COMMAND.disconnect, 0n, 0, 0));
  }

  async #request(command: number, offset: number, length: number, data: Uint8Array | undefined): Promise<Buffer> {
    const inRange = offset >= 0 && length <= NBD_REQUEST_BYTES_LIMIT && offset + length <= this.size;
    if (!inRange || offset % ALIGNMENT_BYTES !== 0 || length % ALIGNMENT_BYTES !== 0) {
      throw new MachineError('out-of-range', `cannot access ${length} bytes at ${offset} of a ${this.size} byte disk`);
    }
    const handle = ++this.#handle;
    this.#stream.write(requestHeader(command, handle, offset, length));
    if (data !== undefined) this.#stream.write(data);
    const reply = await this.#reader.read(16);
    if (reply.readUInt32BE(0) !== REPLY_MAGIC || reply.readBigUInt64BE(8) !== handle) {
      throw new MachineError('disk-protocol', 'cannot understand the disk server: its reply belongs to no request');
    }
    const error = reply.readUInt32BE(4);
    if (error !== 0) throw new MachineError('disk-protocol', `cannot access the disk at ${offset}: NBD error ${error}`);
    return this.#reader.read(command === COMMAND.read ? length : 0);
  }
}

function requestHeader(command: number, handle: bigint, offset: number, length: number): Buffer {
  const header = Buffer.alloc(28);
  header.writeUInt32BE(REQUEST_MAGIC, 0);
  header.writeUInt16BE(command, 6);
  header.writeBigUInt64BE(handle, 8);
  header.writeBigUInt64BE(BigInt(offset), 16);
  header.writeUInt32BE(length, 24);
  return header;
}

/** Takes exact numbers of bytes from a stream; one read at a time. */
class ByteReader {
  readonly #stream: Duplex;
  #wake: () => void = () => {};
  #error: MachineError | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('readable', () => this.#wake());
    stream.on('error', (error: Error) => this.#end(error.message));
    stream.on('end', () => this.#end('it ended within a message'));
    stream.on('close', () => this.#end('it closed the connection'));
  }

  async read(length: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes: unknown = this.#stream.read(length);
      // At its end a stream hands out what is left, even if it is less.
      if (bytes instanceof Buffer && bytes.length === length) return bytes;
      if (bytes !== null) this.#end('it ended within a message');
      if (this.#error !== undefined) throw this.#error;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  #end(reason: string): void {
    this.#error ??= new MachineError('disk-protocol', `cannot reach the disk server: ${reason}`);
    this.#wake();
  }
}
