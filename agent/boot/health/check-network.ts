/** Does a route lead out of here, and does a name server answer? */
import type { Check } from './model.ts';
import type { CheckWorld } from './ports.ts';

/** A name of nobody (RFC 6761): an answer that there is none is an answer, too. */
const nobody = 'invalid';

/** @param storeUrl whose host is asked for; '' where there is none */
export function networkCheck({ ports }: Pick<CheckWorld, 'ports'>, storeUrl: string): Check {
  const host = nameIn(storeUrl);
  return {
    id: 'network',
    kind: 'network',
    async run(signal) {
      if (!(await ports.hasDefaultRoute())) {
        return { state: 'fail', reason: 'there is no default route', evidence: [], final: false };
      }
      try {
        return { state: 'pass', evidence: ['there is a default route', await ports.resolve(host, signal)] };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { state: 'fail', reason: 'no name server answers', evidence: [why], final: false };
      }
    },
  };
}

/** The host of the URL where it is a name. */
function nameIn(url: string): string {
  const host = URL.parse(url)?.hostname ?? '';
  return host === '' || /^[\d.]+$|:/.test(host) ? nobody : host;
}
