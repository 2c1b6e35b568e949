/** What `holdfast changes --json` says, as far as tests look at it. */
import type { Device } from './device.ts';

export interface ChangeSeen {
  readonly id: number;
  readonly status: string;
  readonly err: string | undefined;
  readonly tasks: readonly TaskSeen[];
}

export interface TaskSeen {
  readonly kind: string;
  readonly summary: string;
  readonly status: string;
  /** Milliseconds since 1970 by the device's clock; NaN where it is not over. */
  readonly readyTime: number;
}

/** Newest first. */
export async function changesOf(device: Device): Promise<ChangeSeen[]> {
  return parseChanges(await device.ask('holdfast changes --json'));
}

/** Pure. */
export function parseChanges(json: string): ChangeSeen[] {
  const changes: unknown = JSON.parse(json);
  const all = Array.isArray(changes) ? changes.map(changeSeen) : [];
  return all.sort((a, b) => b.id - a.id);
}

function changeSeen(value: unknown): ChangeSeen {
  const change = object(value);
  const { tasks } = change;
  return {
    id: Number(change['id']),
    status: String(change['status']),
    err: typeof change['err'] === 'string' ? change['err'] : undefined,
    tasks: (Array.isArray(tasks) ? tasks.map(object) : []).map((task) => ({
      kind: String(task['kind']),
      summary: String(task['summary']),
      status: String(task['status']),
      readyTime: Date.parse(String(task['ready-time'])),
    })),
  };
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
