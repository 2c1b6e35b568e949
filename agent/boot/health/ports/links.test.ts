import { networkInterfaces } from 'node:os';
import t from 'tap';
import { links } from './links.ts';

const address = (address: string, internal = false) => ({ address, internal });

t.test('links are those with an address that others can reach', (t) => {
  t.strictSame(
    links({
      lo: [address('127.0.0.1', true), address('::1', true)],
      eth0: [address('10.0.2.15'), address('fe80::5054:ff:fe12:3456'), address('2001:db8::15')],
      eth1: [address('169.254.3.4'), address('fe80::1'), address('FEBF::1')],
      wlan0: [address('fec0::1')],
      none: [],
    }),
    [
      { name: 'eth0', addresses: ['10.0.2.15', '2001:db8::15'] },
      { name: 'wlan0', addresses: ['fec0::1'] },
    ],
  );
  t.end();
});

t.test('the links of this machine are read without an error', (t) => {
  const names = Object.keys(networkInterfaces());
  t.ok(links().every(({ name, addresses }) => names.includes(name) && addresses.length > 0));
  t.end();
});
