import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { makeSnap, temporaryDirectory } from '../../fixture.ts';
import { readGadgetDefaults } from './gadget-defaults.ts';

t.test('the defaults for the system are read from the file of a gadget', async (t) => {
  const file = join(await temporaryDirectory(t), 'virt_x1.snap');
  const yaml = 'volumes: {}\ndefaults:\n  system:\n    health: {settle: 45s}\n  other: {a: b}\n';
  await makeSnap(file, { name: 'virt', type: 'gadget', files: { 'meta/gadget.yaml': yaml } });
  t.strictSame(await readGadgetDefaults(file), { health: { settle: '45s' } });
  await makeSnap(file, { name: 'virt', type: 'gadget' });
  t.equal(await readGadgetDefaults(file), undefined, 'no gadget.yaml');
  await makeSnap(file, { name: 'virt', type: 'gadget', files: { 'meta/gadget.yaml': 'defaults: {' } });
  await t.rejects(readGadgetDefaults(file), { code: 'bad-yaml' });
  await writeFile(file, 'x');
  await t.rejects(readGadgetDefaults(file), { code: 'not-squashfs' });
});
