/** For tests: requests over a unix socket, and forms as clients send them. */
import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export function ask(
  socketPath: string,
  method: string,
  path: string,
  body?: Uint8Array,
  contentType?: string,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const outgoing = request({ socketPath, method, path, headers }, async (incoming) => {
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of incoming) chunks.push(chunk);
      } catch (error) {
        return reject(error);
      }
      const bytes = Buffer.concat(chunks);
      const type = incoming.headers['content-type'];
      resolve({
        status: incoming.statusCode ?? 0,
        contentType: type,
        body: type === 'application/json' ? JSON.parse(bytes.toString()) : bytes,
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export interface FormPart {
  readonly name: string;
  readonly value: string | Uint8Array;
  readonly fileName?: string;
}

export const formType = 'multipart/form-data; boundary=BOUNDARY';

export function formOf(parts: readonly FormPart[]): Buffer {
  const chunks = parts.flatMap(({ name, value, fileName }) => [
    Buffer.from(`--BOUNDARY\r\nContent-Disposition: form-data; name="${name}"`),
    Buffer.from(
      fileName === undefined
        ? '\r\n\r\n'
        : `; filename="${fileName}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...chunks, Buffer.from('--BOUNDARY--\r\n')]);
}

/** The form of a real client for one local file. */
export function installForm(content: Uint8Array, more: readonly FormPart[] = []): Buffer {
  return formOf([
    { name: 'action', value: 'install' },
    { name: 'snap-path', value: '/home/me/some.snap' },
    { name: 'dangerous', value: 'true' },
    ...more,
    { name: 'snap', value: content, fileName: 'some.snap' },
  ]);
}

/** Everything below a directory, by path: what it is, and the digest of its content. The database's index of its log is left out. */
export async function treeOf(root: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (path.endsWith('-shm')) continue;
    if (entry.isFile())
      tree[path] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
    else if (entry.isSymbolicLink()) tree[path] = await readlink(path);
    else tree[path] = entry.isDirectory() ? 'directory' : 'other';
  }
  return tree;
}
