import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../../../fixture.ts';
import { hasDefaultRoute } from './routes.ts';

const heading = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const v4 = (to: string, flags: string, mask: string) => `eth0\t${to}\t0202000A\t${flags}\t0\t0\t0\t${mask}\t0\t0\t0\n`;
const zeros = '0'.repeat(32);
const v6 = (prefix: string, flags: string, name: string) =>
  `${zeros} ${prefix} ${zeros} 00 ${zeros} 00000400 00000001 00000000 ${flags} ${name}\n`;

t.test('a default route is one that is up and rejects nothing', async (t) => {
  const cases: readonly (readonly [what: string, v4: string, v6: string, has: boolean])[] = [
    ['nothing', '', '', false],
    ['only the own network', v4('0002000A', '0001', '00FFFFFF'), '', false],
    ['IPv4', v4('0002000A', '0001', '00FFFFFF') + v4('00000000', '0003', '00000000'), '', true],
    ['half of the world', v4('00000000', '0003', '00000080'), '', false],
    ['IPv4 that rejects', v4('00000000', '0201', '00000000'), '', false],
    ['IPv6', '', v6('00', '00450003', 'eth0'), true],
    ['IPv6 of the loopback', '', v6('00', '00200200', 'lo'), false],
    ['IPv6 that rejects', '', v6('00', '00200201', 'eth0'), false],
    ['the zero network of IPv6', '', v6('80', '00000001', 'eth0'), false],
  ];
  for (const [what, four, six, has] of cases) {
    const folder = await temporaryDirectory(t);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'route'), heading + four);
    await writeFile(join(folder, 'ipv6_route'), six);
    t.equal(await hasDefaultRoute(folder), has, what);
  }
  t.equal(await hasDefaultRoute('/nowhere'), false, 'a kernel without a network');
});
