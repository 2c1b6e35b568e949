/**
 * The systemd of a device under `--root DIR`: nothing is really asked of this machine. Every unit is active, and what would
 * have happened to the machine is written down, a line each, in `DIR/run/holdfast/recorded`.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HealthPorts } from './boot/health/ports.ts';
import { calmPorts } from './boot/health/ports-calm.ts';
import type { Layout } from './boot/layout.ts';
import type { Programs } from './device/programs.ts';
import type { Init } from './device/world.ts';
import { mountedInFiles } from './snaps/life/mounted.ts';
import { recordedSystemd } from './system/systemd-recorded.ts';

export interface RecordedMachine {
  readonly systemd: Init;
  readonly programs: Programs;
  readonly health: HealthPorts;
  reboot(why: string): Promise<void>;
}

/** @param file where the lines go */
export function recordedMachine(file: string, layout: Layout): RecordedMachine {
  const record = async (line: string) => {
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, `${line}\n`);
  };
  const units = recordedSystemd(`${file}.units`, record);
  return {
    systemd: {
      ...units,
      unitState: async (name) => ({
        name,
        loadState: 'loaded',
        activeState: 'active',
        subState: 'active',
        triggeredBy: [],
      }),
      systemState: async () => 'running',
      startedSeconds: async () => 0,
      jobs: async () => [],
      serviceRestarts: async () => 0,
      setRuntimeWatchdog: (usec) => record(`watchdog ${usec / 1_000_000} s`),
    },
    // Nothing is mounted, and no program runs: the files are read instead, and hooks are only written down.
    programs: {
      mounted: mountedInFiles(layout, async () => true),
      running: async () => undefined,
      async runHook({ command }) {
        await record(`run ${command.join(' ')}`);
        return { problem: undefined, output: [] };
      },
    },
    health: calmPorts(),
    async reboot(why) {
      await record(`reboot ${why}`);
      console.error('holdfast: the machine goes down (recorded only)');
    },
  };
}
