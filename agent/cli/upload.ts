/** The form that uploads a local snap file, as the `snap` client sends it. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Upload } from './client.ts';
import { CommandError } from './error.ts';

/**
 * Prepares the upload of `file`.
 * @throws CommandError `file` where it cannot be read
 */
export async function uploadOf(file: string): Promise<Upload> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      'file',
      `cannot install ${file}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`,
    );
  });
  if (!info.isFile()) throw new CommandError('file', `cannot install ${file}: not a file`);
  const boundary = `holdfast-${randomUUID()}`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Readable.from(form(file, boundary)),
  };
}

async function* form(file: string, boundary: string): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const fields = { action: 'install', 'snap-path': resolve(file), dangerous: 'true', transaction: 'per-snap' };
  for (const [name, value] of Object.entries(fields)) {
    yield encoder.encode(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  }
  const fileName = basename(file)
    .replaceAll(/[\\"]/g, '\\$&')
    .replaceAll(/[\r\n]/g, ' ');
  yield encoder.encode(
    `--${boundary}\r\nContent-Disposition: form-data; name="snap"; filename="${fileName}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) yield chunk;
  yield encoder.encode(`\r\n--${boundary}--\r\n`);
}
