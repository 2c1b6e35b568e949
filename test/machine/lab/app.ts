/**
 * The app that is installed, refreshed and reverted on the lab's device: a service that keeps a diary of its starts, once for
 * each revision and once for all, and a command that takes notes.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../../images/disk/cache.ts';
import type { Overlay } from '../../../images/disk/overlay.ts';
import { packSnap } from '../../../images/disk/snap.ts';

export const APP = 'diary';
export const SERVICE_UNIT = `snap.${APP}.keeper.service`;

/** Files of the payload, without `.snap`. The last one's refresh fails after its data was copied and its service started. */
export const APP_FILES = { first: 'diary-1', second: 'diary-2', broken: 'diary-broken' } as const;

const META = {
  name: APP,
  type: 'app',
  summary: 'Keeps a diary of its own life',
  more: [
    'base: bookworm',
    'apps:',
    '  diary:',
    '    command: bin/diary',
    '  keeper:',
    '    command: bin/keeper',
    '    daemon: simple',
  ],
} as const;

const KEEPER = `#!/bin/sh
# Says in the diary of its revision and in that of all of them who started.
for diary in "$SNAP_DATA/starts" "$SNAP_COMMON/starts"; do
  echo "$SNAP_VERSION $SNAP_REVISION" >> "$diary" || exit 1
done
exec sleep infinity
`;

const DIARY = `#!/bin/sh
# diary: what is in it. diary note TEXT: one note more, here and in the home of who takes it.
if [ "$1" = note ]; then
  shift
  echo "$*" >> "$SNAP_DATA/notes" && echo "$*" >> "$SNAP_USER_DATA/notes"
  exit
fi
echo "version $SNAP_VERSION revision $SNAP_REVISION"
sed 's/^/starts: /' "$SNAP_DATA/starts"
sed 's/^/starts of all: /' "$SNAP_COMMON/starts"
sed 's/^/note: /' "$SNAP_DATA/notes"
sed 's/^/own note: /' "$SNAP_USER_DATA/notes"
`;

const FAILS = `#!/bin/sh
echo "this diary does not open"
exit 1
`;

/** Builds all of them into `folder`. @returns their paths */
export async function buildApps(cacheDir: string, folder: string): Promise<string[]> {
  const empty = await cached(cacheDir, 'empty-tree', 'empty', async (scratch) => {
    await mkdir(scratch, { recursive: true });
  });
  const files: Overlay = [
    { path: 'bin/diary', content: DIARY, mode: 0o755 },
    { path: 'bin/keeper', content: KEEPER, mode: 0o755 },
  ];
  const kinds = [
    { file: APP_FILES.first, version: '1', more: [] },
    { file: APP_FILES.second, version: '2', more: [] },
    { file: APP_FILES.broken, version: '3', more: [{ path: 'meta/hooks/configure', content: FAILS, mode: 0o755 }] },
  ];
  const paths: string[] = [];
  for (const { file, version, more } of kinds) {
    const outFile = join(folder, `${file}.snap`);
    await packSnap({ cacheDir, outFile, version }, META, empty, 'app', [...files, ...more]);
    paths.push(outFile);
  }
  return paths;
}
