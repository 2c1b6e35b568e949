/** The machine that this runs on, as the checks see it. */
import type { Layout } from '../layout.ts';
import { head } from './ports/head.ts';
import { logOf } from './ports/journal.ts';
import { knownTime } from './ports/known-time.ts';
import { links } from './ports/links.ts';
import { resolve } from './ports/resolve.ts';
import { hasDefaultRoute } from './ports/routes.ts';
import { runCommand } from './ports/run-command.ts';
import type { HealthPorts } from './ports.ts';

export function realPorts(layout: Layout): HealthPorts {
  return {
    logOf: (unit) => logOf(unit),
    links: () => links(),
    clock: () => knownTime(layout),
    hasDefaultRoute: () => hasDefaultRoute(layout.network),
    resolve: (host, signal) => resolve(host, signal),
    head,
    runCommand,
  };
}
