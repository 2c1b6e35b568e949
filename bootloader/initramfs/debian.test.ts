import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseOffers } from './apt.ts';
import { DebianError, fetchPackage, fetchPackages, packageField, unpackPackage } from './debian.ts';
import { CACHE } from './testing/run.ts';

const SHA256 = `SHA256:${'0'.repeat(64)}`;

t.test('what apt offers is read from its lines, and nothing else is taken for an offer', async (t) => {
  const file = 'busybox-static_1%3a1.35.0-4+deb12u1+b1_arm64.deb';
  const uri = `'http://deb.debian.org/debian/pool/main/b/busybox/${file}'`;
  const offer = { name: 'busybox-static', version: '1:1.35.0-4+deb12u1+b1', file, size: 822236 };
  const other = 'linux-image-arm64_6.1.192-2_arm64.deb';
  t.same(parseOffers(`Reading...\n${uri} ${file} 822236 ${SHA256}\n'http://x/${other}' ${other} 7 ${SHA256}\n`), [
    offer,
    { name: 'linux-image-arm64', version: '6.1.192-2', file: other, size: 7 },
  ]);
  for (const text of [
    '',
    uri,
    `${uri} ${file} 1`,
    `${uri} ../x_1_all.deb 1 ${SHA256}`,
    `${uri} ${file} many ${SHA256}`,
  ]) {
    t.same(parseOffers(text), [], text);
  }
});

t.test('packages of another architecture are fetched, and open', async (t) => {
  const names = ['e2fsck-static', 'busybox-static'];
  const packages = await fetchPackages(names, 'arm64', CACHE);
  t.same(
    packages.map(({ name }) => name),
    names,
    'in the order that was asked for',
  );
  const one = await fetchPackage('busybox-static', 'arm64', CACHE);
  t.same(one, packages[1]);
  t.equal(await packageField(one, 'Version'), one.version);
  t.equal(await packageField(one, 'Architecture'), 'arm64');
  t.equal(await packageField(one, 'No-Such-Field'), '');
  const directory = join(t.testdir(), 'unpacked');
  await unpackPackage(one, directory);
  t.equal(readFileSync(join(directory, 'bin/busybox')).readUInt16LE(18), 183, 'a program for arm64');
});

t.test('what cannot be fetched or opened is an error with a name', async (t) => {
  const codeOf = async (action: Promise<unknown>) =>
    action.then(
      () => 'none',
      (error: unknown) => (error instanceof DebianError ? error.code : String(error)),
    );
  for (const name of ['', '-o', 'Bad', 'a/b', 'a b', 'linux:amd64', '../x']) {
    t.equal(await codeOf(fetchPackage(name, 'arm64', CACHE)), 'bad-name', `'${name}'`);
  }
  t.equal(await codeOf(fetchPackages(['busybox-static', 'no-such-package-anywhere'], 'arm64', CACHE)), 'no-package');
  const path = join(t.testdir({ 'bad.deb': 'not a package' }), 'bad.deb');
  const bad = { name: 'bad', version: '1', architecture: 'arm64', path } as const;
  t.equal(await codeOf(packageField(bad, 'Version')), 'unpack-failed');
  t.equal(await codeOf(unpackPackage(bad, join(t.testdir(), 'x'))), 'unpack-failed');
});
