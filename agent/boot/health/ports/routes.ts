/** Is there a default route? proc_pid_net(5), /proc/net/route and /proc/net/ipv6_route. */
import { readFile } from 'node:fs/promises';

const RTF_UP = 0x1;
const RTF_REJECT = 0x200;
/** What a router of the whole Internet would have is not looked at. */
const maxRows = 1024;

/** @param folder `/proc/net` */
export async function hasDefaultRoute(folder: string): Promise<boolean> {
  const [v4, v6] = await Promise.all(['route', 'ipv6_route'].map((file) => rowsOf(`${folder}/${file}`)));
  const isUsable = (flags = '') => (Number.parseInt(flags, 16) & (RTF_UP | RTF_REJECT)) === RTF_UP;
  return (
    (v4 ?? []).some(([, to, , flags, , , , mask]) => to === '00000000' && mask === '00000000' && isUsable(flags)) ||
    (v6 ?? []).some(
      ([to = '', prefix, , , , , , , flags, name]) =>
        /^0{32}$/.test(to) && prefix === '00' && name !== 'lo' && isUsable(flags),
    )
  );
}

async function rowsOf(path: string): Promise<string[][]> {
  const text = await readFile(path, 'latin1').catch(() => '');
  return text.split('\n', maxRows).map((line) => line.trim().split(/\s+/));
}
