/** The form that uploads local snap files, as the `snap` client sends it. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Options } from './arguments.ts';
import type { Upload } from './client.ts';
import { CommandError } from './error.ts';

/**
 * Prepares the upload of `files`.
 * @throws CommandError `file` where one cannot be read
 */
export async function uploadOf(files: readonly string[], options: Options): Promise<Upload> {
  for (const file of files) await checkFile(file);
  const boundary = `holdfast-${randomUUID()}`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Readable.from(form(fieldsOf(files, options), files, boundary)),
  };
}

async function checkFile(file: string): Promise<void> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      'file',
      `cannot install ${file}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`,
    );
  });
  if (!info.isFile()) throw new CommandError('file', `cannot install ${file}: not a file`);
}

const flags = ['dangerous', 'devmode', 'jailmode', 'classic', 'unaliased', 'ignore-running'] as const;

function fieldsOf(files: readonly string[], options: Options): Readonly<Record<string, string>> {
  const [only] = files;
  return {
    action: 'install',
    ...(options.name === undefined ? {} : { name: options.name }),
    // Of several files, each is known by its own name only.
    ...(files.length === 1 && only !== undefined ? { 'snap-path': resolve(only) } : {}),
    ...Object.fromEntries(flags.flatMap((flag) => (options[flag] === true ? [[flag, 'true']] : []))),
    transaction: options.transaction ?? 'per-snap',
  };
}

async function* form(
  fields: Readonly<Record<string, string>>,
  files: readonly string[],
  boundary: string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const [name, value] of Object.entries(fields)) {
    yield encoder.encode(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  }
  for (const file of files) {
    const fileName = basename(file)
      .replaceAll(/[\\"]/g, '\\$&')
      .replaceAll(/[\r\n]/g, ' ');
    yield encoder.encode(
      `--${boundary}\r\nContent-Disposition: form-data; name="snap"; filename="${fileName}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    );
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) yield chunk;
    yield encoder.encode('\r\n');
  }
  yield encoder.encode(`--${boundary}--\r\n`);
}
