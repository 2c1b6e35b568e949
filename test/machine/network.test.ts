/** The network of a machine under test, as the device sees it: an address, a service that can go away, a cable. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { Machine } from '../../images/qemu/machine.ts';
import { Device } from './lab/device.ts';
import { openLab } from './lab/lab.ts';

const ASK = `exec 3<>/dev/tcp/10.0.2.100/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 20 cat <&3; exec 3>&-`;
const LINK = '/sys/class/net/enp0s6';

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const lab = await openLab();

t.test(
  'a device has an address, reaches a service until that goes away, and loses its link with the cable',
  async (t) => {
    const makeServer = (): Server => createServer((_, response) => response.end('the store answers'));
    const server = makeServer();
    const hostPort = await listen(server, 0);
    const directory = join(lab.folder, 'network');
    const services = [{ address: '10.0.2.100', port: 80, hostPort }];
    await using machine = await Machine.fromState(lab.ready, { directory, services });
    await machine.start();
    const device = new Device(machine);

    t.match(await device.run('networkctl --no-pager --no-legend'), /enp0s6 +ether +routable +configured/);
    t.match(await device.run('networkctl --no-pager status enp0s6'), /Address: 10\.0\.2\.15 \(DHCP4/);

    t.match(await device.run(ASK), 'the store answers');
    await new Promise((resolve) => server.close(resolve));
    t.notMatch((await machine.console.run(ASK)).output, 'the store answers', 'it has gone');
    const again = makeServer();
    t.teardown(() => again.close());
    await listen(again, hostPort);
    t.match(await device.run(ASK), 'the store answers', 'it has come back');

    await machine.setLink(false);
    await device.run(`until [ "$(cat ${LINK}/carrier)" = 0 ]; do sleep 0.2; done`);
    await machine.setLink(true);
    await device.run(`until [ "$(cat ${LINK}/carrier)" = 1 ]; do sleep 0.2; done`);

    t.match(await device.run('journalctl --no-pager -n 3 -o cat -u systemd-networkd'), /enp0s6/, 'the log can be read');
  },
);
