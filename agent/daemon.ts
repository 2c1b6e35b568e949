/** `holdfast daemon`: wires the parts to this machine, or to the one under `--root DIR`, and serves until it is told to end. */
import { join } from 'node:path';
import { listenFds } from 'node-systemd-notify';
import { architectureOf } from '../images/snap/architecture.ts';
import { deskOf } from './api/boot-device.ts';
import { listenAt, listenOn } from './api/listen.ts';
import { apiServer } from './api/server.ts';
import { snapDeskOf } from './api/snap-device.ts';
import { orderDeadMan } from './boot/dead-man.ts';
import { readUptime } from './boot/facts.ts';
import { realPorts } from './boot/health/ports-real.ts';
import { type Layout, layoutUnder } from './boot/layout.ts';
import { openState } from './device/open-state.ts';
import { realPrograms } from './device/programs.ts';
import { startDevice } from './device/start.ts';
import { takeOwnership } from './guard.ts';
import { serviceNotifier } from './notifier.ts';
import { recordedMachine } from './recorded.ts';
import { realClock } from './system/clock.ts';
import { Checkpoints } from './system/database-checkpoints.ts';
import type { Disk } from './system/disk.ts';
import { realDisk } from './system/disk-real.ts';
import { native } from './system/native/native.ts';
import { peerOf } from './system/peer.ts';
import { reboot } from './system/reboot.ts';
import { rebootPorts } from './system/reboot-ports.ts';
import type { Systemd } from './system/systemd.ts';
import { realSystemd } from './system/systemd-real.ts';
import { workerTrees } from './system/tree/trees.ts';
import { version } from './version.ts';

export interface DaemonOptions {
  /** `/` on a device. Elsewhere HOLDFAST_ARCHITECTURE says what the device under it is, where it is not this machine. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Starts the daemon; resolves when it serves. Rejects with what keeps it from starting, and nothing is changed then. */
export async function startDaemon({ root, env }: DaemonOptions): Promise<{ stop(): Promise<void> }> {
  const layout = layoutUnder(root);
  const isDevice = root === '/';
  const addon = native();
  const notifier = serviceNotifier(env, addon);
  const disk = realDisk(addon);
  const machine = isDevice ? realMachine(layout, disk) : recordedMachine(join(root, 'run/holdfast/recorded'), layout);
  const lock = await takeOwnership({ layout, disk, native: addon, clock: realClock, systemd: machine.systemd });
  const say = (text: string) => {
    console.error(`holdfast: ${text}`);
    notifier.status(text);
  };
  const sqlite = env['HOLDFAST_SQLITE'];
  const options = sqlite ? { nativeBinding: sqlite } : {};
  const state = await openState(disk, layout.database, {
    ...options,
    forget: (fd) => addon.fadviseDontNeed(fd),
    onTrouble: say,
  });
  const { database } = state;
  const now = () => new Date(realClock.wallMs());
  const checkpoints = new Checkpoints({ database, disk, options, now, say }, state.newestCheckpoint);
  const device = await startDevice(
    {
      layout,
      disk,
      database,
      clock: realClock,
      uptimeSeconds: () => readUptime(layout),
      agentSeconds: () => process.uptime(),
      systemd: machine.systemd,
      programs: machine.programs,
      trees: workerTrees(),
      health: machine.health,
      architecture:
        (isDevice ? undefined : env['HOLDFAST_ARCHITECTURE']) ?? architectureOf(process.arch) ?? process.arch,
      reboot: machine.reboot,
      say,
      status: (text) => notifier.status(text),
      checkpoint: () => checkpoints.request(),
    },
    state,
  );
  if (isDevice) device.settleIn();
  const context = { device, boots: deskOf(device), snaps: snapDeskOf(device), version };
  const server = apiServer(context, (socket) => peerOf(socket, addon).uid);
  // The unit's first socket is the one for users; the second one, for snaps, waits for those.
  const [inherited] = isDevice ? listenFds(env) : [];
  if (inherited === undefined) await listenAt(server, layout.socket);
  else await listenOn(server, inherited.fd);
  notifier.ready();
  say('serving');
  return {
    async stop() {
      notifier.stopping();
      await device.interrupt();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await checkpoints.stop();
      await database.close();
      lock.release();
    },
  };
}

function realMachine(layout: Layout, disk: Disk) {
  const systemd: Systemd = realSystemd();
  const ports = rebootPorts({
    systemd,
    native,
    // On a trial the dead man holds the watchdog, and resets when told to; on other boots systemd does, and is dead by then.
    silence: () => void orderDeadMan(layout, { kind: 'reset' }),
  });
  return {
    systemd,
    programs: realPrograms({ disk, layout }),
    health: realPorts(layout),
    async reboot(why: string) {
      console.error(`holdfast: rebooting: ${why}`);
      await reboot(ports, realClock, { onStep: ({ name }) => console.error(`holdfast: reboot by ${name}`) });
      throw new Error('no way of rebooting worked');
    },
  };
}
