/** `POST /v2/snaps` with a form: the installation of local files, as the `snap` client sends it (`rest-api.md` §4.1). */
import { basename } from 'node:path';
import type { InstallUploads } from '../device/plan-uploads.ts';
import { begun, planFormat } from './begun.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { readTransaction } from './instruction.ts';
import { boundaryOf, readForm } from './multipart.ts';
import type { Context, Request } from './route.ts';
import type { Received } from './snap-desk.ts';

/** Takes the files in and starts the change. Whatever goes wrong, nothing of them stays. */
export async function sideload(context: Context, { message, query }: Request): Promise<Answer> {
  const { snaps } = context;
  const boundary = boundaryOf(message.headers['content-type']);
  if (boundary === undefined)
    throw new Refusal(400, 'cannot install: the request is no multipart/form-data; send a file');
  const isPlan = planFormat(query) !== undefined;
  // Before the upload: a file that cannot be installed now need not be sent.
  if (!isPlan) await snaps.assertFree();
  const files: Received[] = [];
  let isTaken = false;
  try {
    const fields = await readForm(
      message.iterator({ destroyOnReturn: false }),
      boundary,
      async ({ field, fileName, content }) => {
        if (field === 'snap') files.push({ upload: await snaps.receive(content), title: basename(fileName) });
      },
    );
    const answer = await begun(context, query, requestOf(fields, files));
    isTaken = !isPlan;
    return answer;
  } finally {
    if (!isTaken) for (const { upload } of files) await snaps.discard(upload);
  }
}

/** @throws Refusal 400 */
export function requestOf(fields: ReadonlyMap<string, string>, files: readonly Received[]): InstallUploads {
  const action = fields.get('action') ?? 'install';
  if (action !== 'install') throw new Refusal(400, `cannot ${action} a snap: it is not yet supported`);
  const [first] = files;
  if (first === undefined) {
    throw new Refusal(400, 'cannot find "snap" file field in provided multipart/form-data payload');
  }
  const isOn = (name: string) => fields.get(name) === 'true';
  const devmode = isOn('devmode');
  const name = fields.get('name') ?? '';
  const path = fields.get('snap-path') ?? '';
  const transaction = readTransaction(fields.get('transaction') ?? '');
  return {
    action,
    // One file is called as its user called it; of several, each has its own name only.
    uploads: files.length === 1 && path !== '' ? [{ ...first, title: basename(path) }] : files,
    ...(name === '' ? {} : { name }),
    // As with snapd: who asks for no confinement asks for no signatures.
    dangerous: isOn('dangerous') || devmode,
    flags: {
      ...(devmode ? { devmode } : {}),
      ...(isOn('jailmode') ? { jailmode: true } : {}),
      ...(isOn('classic') ? { classic: true } : {}),
    },
    ...(transaction === '' ? {} : { transaction }),
    ...(isOn('unaliased') ? { unaliased: true } : {}),
    ...(isOn('ignore-running') ? { ignoreRunning: true } : {}),
  };
}
