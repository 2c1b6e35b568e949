import t from 'tap';
import { kindWords } from '../plan/describe-kinds.ts';
import { prepareFolders } from './folders.ts';
import { lifeHandlers } from './handlers.ts';
import { testDevice } from './testing.ts';

/** Kinds of tasks that others do: the store, the boot set, data. */
const others: readonly string[] = [
  ...['download-snap', 'validate-snap'],
  ...['prepare-kernel-snap', 'update-gadget-assets', 'update-gadget-cmdline', 'update-managed-boot-config'],
  'discard-old-kernel-snap-setup',
  ...['copy-snap-data', 'clear-snap', 'save-snapshot'],
];

t.test('every kind that plans make is handled here or by others, and undone where the plan says so', async (t) => {
  const { world } = await (await testDevice(t)).start();
  const handlers = lifeHandlers(world);
  t.strictSame([...Object.keys(handlers), ...others].toSorted(), Object.keys(kindWords).toSorted());
  for (const [kind, { undo }] of Object.entries(kindWords)) {
    const handler = handlers[kind];
    if (handler === undefined || undo === undefined) continue;
    t.type(handler.undo, 'function', kind);
  }
});

t.test('start-up removes what writes cut short have left', async (t) => {
  const device = await testDevice(t);
  const { world } = await device.start();
  const { disk, layout } = world;
  const before = await device.picture();
  await disk.mkdir(`${layout.root}/snap/demo`);
  for (const name of ['snap/bin/.demo.holdfast~', 'snap/demo/.current.holdfast~', 'etc/systemd/system/.a.holdfast~']) {
    await disk.replace(`${layout.root}/${name}`, new Uint8Array());
  }
  await prepareFolders(world);
  const { files } = await device.picture();
  t.strictSame(files, { ...before.files, 'snap/demo': '/ 755' });
});
