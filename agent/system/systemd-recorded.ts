/**
 * The systemd of a device under `--root DIR`: no unit of this machine is touched. What is started and stopped there is written
 * down, a line each, and kept in a file, so that the next run knows it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, matchesGlob } from 'node:path';
import type { Systemd, UnitState } from './systemd.ts';

export type RecordedSystemd = Pick<
  Systemd,
  'listUnits' | 'startUnit' | 'stopUnit' | 'killUnit' | 'resetFailed' | 'reload'
> & { isActive(name: string): boolean };

/**
 * @param file where the names of what is active are kept, a line each
 * @param record takes a line of what was asked
 */
export function recordedSystemd(file: string, record: (line: string) => Promise<void>): RecordedSystemd {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const active = new Set(lines.filter((line) => line !== ''));
  const keep = () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, [...active].map((name) => `${name}\n`).join(''));
  };
  const end = (name: string) => {
    if (active.delete(name)) keep();
  };
  return {
    isActive: (name) => active.has(name),
    async listUnits({ states = [], patterns = [] } = {}) {
      const units = [...active].map(
        (name): UnitState => ({ name, loadState: 'loaded', activeState: 'active', subState: 'running' }),
      );
      return units
        .filter((unit) => states.length === 0 || states.some((state) => Object.values(unit).slice(1).includes(state)))
        .filter(({ name }) => patterns.length === 0 || patterns.some((pattern) => matchesGlob(name, pattern)));
    },
    async startUnit(name) {
      await record(`start ${name}`);
      active.add(name);
      keep();
      return 'done';
    },
    async stopUnit(name) {
      await record(`stop ${name}`);
      end(name);
      return 'done';
    },
    async killUnit(name, whom, signal) {
      await record(`kill ${name} ${whom} ${signal}`);
      end(name);
    },
    resetFailed: (name) => record(`reset-failed ${name}`),
    reload: () => record('daemon-reload'),
  };
}
