/** A machine on which all is well and nothing is asked of the real one: for `--root`, and as the base of what tests play. */
import type { HealthPorts } from './ports.ts';

export function calmPorts(ports: Partial<HealthPorts> = {}): HealthPorts {
  return {
    logOf: async () => [],
    links: () => [],
    clock: async () => ({ synchronized: true, knownMs: 0 }),
    hasDefaultRoute: async () => true,
    resolve: async (host) => `${host}: not asked`,
    head: async () => 200,
    runCommand: async () => ({ how: 'exit', status: 0, output: [] }),
    ...ports,
  };
}
