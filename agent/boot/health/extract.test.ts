import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { temporaryDirectory } from '../../fixture.ts';
import { extractCommands } from './extract.ts';

interface Entry {
  readonly text?: string;
  readonly mode?: number;
  readonly link?: string;
}

/** A squashfs of these files, and a directory to unpack into. */
async function snap(t: Test, files: Readonly<Record<string, Entry>>) {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'tree'));
  for (const [name, { text = '#!/bin/sh\n', mode = 0o755, link }] of Object.entries(files)) {
    const path = join(folder, 'tree', name);
    await mkdir(dirname(path), { recursive: true });
    if (link === undefined) await writeFile(path, text);
    if (link === undefined) await chmod(path, mode);
    else await symlink(link, path);
  }
  const file = join(folder, 'virt_x1.snap');
  await promisify(execFile)('mksquashfs', [join(folder, 'tree'), file, '-quiet', '-no-progress', '-processors', '1']);
  return { file, into: join(folder, 'out') };
}

t.test('executable files are unpacked with their weight', async (t) => {
  const { file, into } = await snap(t, {
    'health.d/required/ping.sh': { text: '#!/bin/sh\nping\n', mode: 0o711 },
    'health.d/wanted/modem': {},
    'health.d/other/ignored': {},
    'meta/snap.yaml': {},
  });
  await mkdir(join(into, 'required'), { recursive: true });
  await writeFile(join(into, 'required/stale'), '');
  t.strictSame(await extractCommands(file, 'virt', into), {
    commands: [
      { id: 'command:virt/ping.sh', weight: 'required', path: join(into, 'required/ping.sh') },
      { id: 'command:virt/modem', weight: 'wanted', path: join(into, 'wanted/modem') },
    ],
    skipped: [],
  });
  t.equal(await readFile(join(into, 'required/ping.sh'), 'utf8'), '#!/bin/sh\nping\n');
  t.equal((await stat(join(into, 'wanted/modem'))).mode & 0o777, 0o755);
  t.strictSame(await readdir(join(into, 'required')), ['ping.sh'], 'what was there before is gone');
});

t.test('a snap without commands has none', async (t) => {
  const { file, into } = await snap(t, { 'meta/snap.yaml': {} });
  t.strictSame(await extractCommands(file, 'virt', into), { commands: [], skipped: [] });
  const odd = await snap(t, { 'health.d/required': {} });
  t.strictSame(await extractCommands(odd.file, 'virt', odd.into), { commands: [], skipped: [] });
});

t.test('what is no small executable file is passed over and named', async (t) => {
  const { file, into } = await snap(t, {
    'health.d/required/a': {},
    'health.d/required/big': { text: 'x'.repeat((1 << 20) + 1) },
    'health.d/required/dir/x': {},
    'health.d/required/link': { link: 'a' },
    'health.d/required/out': { link: '/etc/passwd' },
    'health.d/required/plain': { mode: 0o644 },
    'health.d/required/-rf': {},
    'health.d/required/a b': {},
    'health.d/wanted/a': {},
  });
  const { commands, skipped } = await extractCommands(file, 'virt', into);
  t.strictSame(
    commands.map(({ id }) => id),
    ['command:virt/a'],
  );
  t.match(skipped.toSorted(), [
    /required\/-rf of virt is not run: its name/,
    /required\/a b .*its name/,
    /required\/big .*larger than 1048576 bytes/,
    /required\/dir .*no executable file/,
    /required\/link .*no executable file/,
    /required\/out .*no executable file/,
    /required\/plain .*no executable file/,
    /wanted\/a .*same name/,
  ]);
});

t.test('there are not more of them than a device can run, nor larger ones together', async (t) => {
  const many = await snap(t, Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`health.d/wanted/c${n}`, {}])));
  const { commands, skipped } = await extractCommands(many.file, 'virt', many.into);
  t.equal(commands.length, 16);
  t.match(skipped, [/16 commands/, /16/, /16/, /16/]);
  const text = 'x'.repeat(1 << 20);
  const large = await snap(t, Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`health.d/wanted/c${n}`, { text }])));
  const all = await extractCommands(large.file, 'virt', large.into);
  t.equal(all.commands.length, 4);
  t.match(all.skipped, [/4194304 bytes together/]);
});

t.test('what is no snap is an error', async (t) => {
  const file = join(await temporaryDirectory(t), 'x');
  await writeFile(file, 'no snap');
  await t.rejects(extractCommands(file, 'virt', `${file}.d`), { code: 'not-squashfs' });
});
