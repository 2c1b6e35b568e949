/** Does the writable partition take a durable write, and give it back? */
import type { Check } from './model.ts';
import type { CheckWorld } from './ports.ts';

export function durableWriteCheck({
  disk,
  probeFile,
  bootId,
  wallMs,
}: Pick<CheckWorld, 'disk' | 'probeFile' | 'bootId' | 'wallMs'>): Check {
  let writes = 0;
  return {
    id: 'durable-write',
    kind: 'durable-write',
    async run() {
      // Never the same bytes: a medium that drops writes would give the old ones back.
      const content = new TextEncoder().encode(`${bootId} ${++writes} ${wallMs()}\n`);
      try {
        await disk.replace(probeFile, content, { verify: true });
        return { state: 'pass', evidence: [`${probeFile} was written and read back`] };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const reason = 'the writable partition does not take a durable write';
        return { state: 'fail', reason, evidence: [why], final: false };
      }
    },
  };
}
