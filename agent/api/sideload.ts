/** `POST /v2/snaps` with a form: the installation of a local file, as the `snap` client sends it (`rest-api.md` §4.1). */
import type { IncomingMessage } from 'node:http';
import { basename } from 'node:path';
import type { Device } from '../device/device.ts';
import type { Upload } from '../device/upload.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { boundaryOf, readForm } from './multipart.ts';

/** Takes the upload in and starts the change. Whatever goes wrong, nothing of the upload stays. */
export async function sideload(device: Device, request: IncomingMessage): Promise<Answer> {
  const boundary = boundaryOf(request.headers['content-type']);
  if (boundary === undefined)
    throw new Refusal(400, 'cannot install: the request is no multipart/form-data; send a file');
  // Before the upload: a file that cannot be installed now need not be sent.
  await device.assertFree();
  const uploads: { readonly upload: Upload; readonly fileName: string }[] = [];
  let isTaken = false;
  try {
    const fields = await readForm(
      request.iterator({ destroyOnReturn: false }),
      boundary,
      async ({ field, fileName, content }) => {
        if (field !== 'snap') return;
        if (uploads.length > 0) throw new Refusal(400, 'cannot install several files at once: it is not yet supported');
        uploads.push({ upload: await device.receive(content), fileName });
      },
    );
    const [file] = uploads;
    refuseUnsupported(fields);
    if (file === undefined) {
      throw new Refusal(400, 'cannot find "snap" file field in provided multipart/form-data payload');
    }
    const title = basename(fields.get('snap-path') ?? file.fileName);
    const change = await device.install(file.upload, title);
    isTaken = true;
    return { type: 'async', change: String(change.id) };
  } finally {
    if (!isTaken) for (const { upload } of uploads) await device.discard(upload);
  }
}

function refuseUnsupported(fields: ReadonlyMap<string, string>): void {
  const action = fields.get('action') ?? 'install';
  if (action !== 'install') throw new Refusal(400, `cannot ${action} a snap: it is not yet supported`);
  if (fields.get('dangerous') === 'true' || fields.get('devmode') === 'true') return;
  const name = fields.get('snap-path') ?? 'the snap';
  throw new Refusal(400, `cannot find signatures with metadata for snap ${JSON.stringify(name)}`);
}
