/** The systemd port over D-Bus, which is loaded when it is first needed. */
import type { Systemd, SystemdOptions } from './systemd.ts';

/** The systemd of this machine. D-Bus is loaded and connected to on the first call. */
export function realSystemd(options: SystemdOptions = {}): Systemd {
  let connected: Systemd | undefined;
  const via = async (): Promise<Systemd> => {
    if (connected === undefined) {
      const { systemdOverDbus } = await import('./systemd-dbus.ts');
      connected ??= systemdOverDbus(options);
    }
    return connected;
  };
  return {
    unitState: async (name) => await (await via()).unitState(name),
    listUnits: async (filter) => await (await via()).listUnits(filter),
    serviceRestarts: async (name) => await (await via()).serviceRestarts(name),
    jobs: async () => await (await via()).jobs(),
    systemState: async () => await (await via()).systemState(),
    startedSeconds: async () => await (await via()).startedSeconds(),
    defaultTarget: async () => await (await via()).defaultTarget(),
    startUnit: async (name) => await (await via()).startUnit(name),
    stopUnit: async (name) => await (await via()).stopUnit(name),
    killUnit: async (name, whom, signal) => await (await via()).killUnit(name, whom, signal),
    resetFailed: async (name) => await (await via()).resetFailed(name),
    reload: async () => await (await via()).reload(),
    setRuntimeWatchdog: async (usec) => await (await via()).setRuntimeWatchdog(usec),
    reboot: async () => await (await via()).reboot(),
    close: () => connected?.close(),
  };
}
