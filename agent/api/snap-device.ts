/** The snap desk of a real device: the one place where the API is joined to records, units and the boot set. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isEmpty } from '../../bootloader/protocol/index.ts';
import { unitFolderOf } from '../../images/snap/units/index.ts';
import type { Device } from '../device/device.ts';
import { type SetFilter, savedSets, setJson } from '../snaps/saved/sets.ts';
import type { SnapDesk, SnapUnits } from './snap-desk.ts';

export function snapDeskOf(device: Device): SnapDesk {
  return {
    assertFree: () => device.assertFree(),
    receive: (content) => device.receive(content),
    discard: (upload) => device.discard(upload),
    plan: (request) => device.plan(request),
    request: (request) => device.request(request),
    abort: (id) => device.abort(id),
    snaps: (names) => device.snaps(names),
    records: () => device.parts.snapRecords.all(),
    running: () => runningFiles(device),
    holds: () => device.parts.holds.all(),
    snapshots: (filter) => snapshotsOf(device, filter),
    exportSnapshots: (set) => device.parts.saved.exports.open(set),
    importSnapshots: (content) => device.importSnapshots(content),
    units: () => unitsOf(device),
  };
}

/** By the kernel's word; without one it is the good set. */
async function runningFiles(device: Device): Promise<ReadonlySet<string>> {
  const { ran } = device.parts.facts.booted;
  return new Set(Object.values(isEmpty(ran) ? (await device.bootState()).good : ran));
}

async function snapshotsOf({ parts: { saved } }: Device, filter: SetFilter): Promise<readonly object[]> {
  const automatic = saved.world.sets.expiries();
  return (await savedSets(saved.world, filter)).map((set) => setJson(set, automatic));
}

/** The targets that start the units of snaps. */
const targets = ['multi-user.target', 'sockets.target', 'timers.target'] as const;

/** What systemd cannot say now is not running, for whoever only reads. */
async function unitsOf({ parts: { world } }: Device): Promise<SnapUnits> {
  const folder = join(world.layout.root, unitFolderOf('system'));
  const wanted = targets.map((target) => readdir(join(folder, `${target}.wants`)).catch(() => []));
  const active = await world.systemd.listUnits({ states: ['active'], patterns: ['snap.*'] }).catch(() => []);
  return { active: new Set(active.map(({ name }) => name)), enabled: new Set((await Promise.all(wanted)).flat()) };
}
