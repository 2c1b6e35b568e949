/** Does the device have as many links with an address as before the trial? Names may change with a new kernel. */
import type { Baseline, Check, CheckResult, Link } from './model.ts';
import type { CheckWorld } from './ports.ts';

export function linkCheck({ ports }: Pick<CheckWorld, 'ports'>, baseline: Baseline | undefined): Check {
  return { id: 'link', kind: 'link', run: async () => compare(baseline?.links ?? [], ports.links()) };
}

function compare(before: readonly Link[], now: readonly Link[]): CheckResult {
  if (before.length === 0) return { state: 'pass', evidence: ['nothing to compare: no link had an address before'] };
  const evidence = [`before: ${tell(before)}`, `now: ${tell(now)}`];
  if (now.length >= before.length) return { state: 'pass', evidence };
  const reason =
    now.length === 0
      ? `no link has an address (${before.length} had one before)`
      : `only ${now.length} of ${before.length} links have an address`;
  return { state: 'fail', reason, evidence, final: false };
}

const maxLinks = 8;

function tell(links: readonly Link[]): string {
  if (links.length === 0) return 'none';
  return links
    .slice(0, maxLinks)
    .map(({ name, addresses }) => `${name} ${addresses.slice(0, 2).join(' ')}`)
    .join(', ');
}
