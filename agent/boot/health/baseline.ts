/** How the device is before a trial, so that the trial can be held against it. */
import { snapServices } from './check-services.ts';
import type { Baseline, Link } from './model.ts';
import type { CheckWorld } from './ports.ts';

/** Kinds of units that can fail and belong to the system, not to whoever is logged in. */
const kinds = /\.(service|socket|mount|automount|swap|path|timer|target)$/;
const visitors = /^(user@|session-|run-user-|getty@|serial-getty@|console-getty\.)/;
/** More than any system has. */
const maxUnits = 1024;
const maxLinks = 64;
const maxTextChars = 256;

/**
 * Asks how the device is. Takes a while on a small one: some calls for each running service.
 * @throws SystemdError
 */
export async function takeBaseline({
  systemd,
  ports,
  wallMs,
}: Pick<CheckWorld, 'systemd' | 'ports' | 'wallMs'>): Promise<Baseline> {
  const active = (await systemd.listUnits({ states: ['active'] })).filter(
    ({ activeState }) => activeState === 'active',
  );
  const services: string[] = [];
  const units: string[] = [];
  for (const { name, subState } of active.slice(0, maxUnits)) {
    if (!kinds.test(name) || visitors.test(name)) continue;
    if (name.endsWith('.service')) {
      // A oneshot that is over: it need not run in every boot.
      if (subState === 'exited') continue;
      const { triggeredBy, service } = await systemd.unitState(name);
      if (triggeredBy.length > 0 || service?.type === 'oneshot') continue;
      if (isOfSnap(name)) services.push(name);
    }
    units.push(name);
  }
  return { units, services, links: ports.links().slice(0, maxLinks), takenAt: new Date(wallMs()).toISOString() };
}

function isOfSnap(name: string): boolean {
  const [head = '', tail = ''] = snapServices.split('*');
  return name.startsWith(head) && name.endsWith(tail);
}

/** A baseline that was stored as JSON; undefined where `value` is none. */
export function parseBaseline(value: unknown): Baseline | undefined {
  if (!isRecord(value) || !isText(value['takenAt'])) return undefined;
  const { units, services, links, takenAt } = value;
  if (!isTexts(units, maxUnits) || !isTexts(services, maxUnits)) return undefined;
  if (!Array.isArray(links) || links.length > maxLinks || !links.every(isLink)) return undefined;
  return { units, services, links, takenAt };
}

function isLink(value: unknown): value is Link {
  return isRecord(value) && isText(value['name']) && isTexts(value['addresses'], maxUnits);
}

function isTexts(value: unknown, max: number): value is string[] {
  return Array.isArray(value) && value.length <= max && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTextChars;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
