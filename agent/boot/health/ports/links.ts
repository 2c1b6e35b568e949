/** The links of this machine. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Link } from '../model.ts';

/** The kernel's answer holds links that are up and have a carrier, each with its addresses. */
export function links(
  interfaces: NodeJS.Dict<Pick<NetworkInterfaceInfo, 'address' | 'internal'>[]> = networkInterfaces(),
): readonly Link[] {
  return Object.entries(interfaces).flatMap(([name, entries = []]) => {
    const addresses = entries.filter(({ internal, address }) => !internal && !isLinkLocal(address));
    return addresses.length === 0 ? [] : [{ name, addresses: addresses.map(({ address }) => address) }];
  });
}

/** An address that a link gives itself when nobody answers. */
function isLinkLocal(address: string): boolean {
  return /^169\.254\.|^fe[89ab][0-9a-f]:/i.test(address);
}
