/** Does the store answer? */
import type { Check } from './model.ts';
import type { CheckWorld } from './ports.ts';

/** @param storeUrl '' where the device has no store */
export function storeCheck({ ports }: Pick<CheckWorld, 'ports'>, storeUrl: string): Check {
  return {
    id: 'store',
    kind: 'store',
    async run(signal) {
      if (storeUrl === '') return { state: 'pass', evidence: ['this device has no store'] };
      try {
        const status = await ports.head(storeUrl, signal);
        const evidence = [`${storeUrl} answered with status ${status}`];
        // Any other answer is one of a server that works: a store need not have anything at this very address.
        if (status < 500) return { state: 'pass', evidence };
        return { state: 'fail', reason: 'the store is out of order', evidence, final: false };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { state: 'fail', reason: 'the store does not answer', evidence: [`${storeUrl}: ${why}`], final: false };
      }
    },
  };
}
