/** Is the clock set by the network, or at least not before a time that is known to have been? */
import type { Baseline, Check } from './model.ts';
import type { CheckWorld } from './ports.ts';

export function clockCheck(
  { ports, wallMs }: Pick<CheckWorld, 'ports' | 'wallMs'>,
  baseline: Baseline | undefined,
): Check {
  return {
    id: 'clock',
    kind: 'clock',
    async run() {
      const { synchronized, knownMs } = await ports.clock();
      const takenMs = Date.parse(baseline?.takenAt ?? '');
      const known = Math.max(knownMs, Number.isNaN(takenMs) ? 0 : takenMs);
      const now = wallMs();
      if (synchronized) return { state: 'pass', evidence: [`${iso(now)}, set by the network`] };
      const evidence = [`not set by the network`, `now: ${iso(now)}`, `known to have been: ${iso(known)}`];
      if (now >= known) return { state: 'pass', evidence };
      return { state: 'fail', reason: 'the clock is behind a time that has been already', evidence, final: false };
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
