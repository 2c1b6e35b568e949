/** For tests: a bound AF_UNIX datagram socket, in a perl process (perl is essential in Debian), as Node has none. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Receiver {
  /** The next datagram. */
  next(): Promise<string>;
  stop(): Promise<void>;
}

const SCRIPT = `
  use Socket;
  my $name = shift;
  $name =~ s/^@/\\0/;
  socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
  bind($socket, pack_sockaddr_un($name)) or die "bind: $!";
  $| = 1;
  print "bound\\0";
  while (defined recv($socket, my $message, 65536, 0)) { print "$message\\0"; }`;

/** Listens at a path or an abstract name (`@name`); resolves once the socket is bound. */
export async function receiver(address: string): Promise<Receiver> {
  const child = spawn('perl', ['-e', SCRIPT, address], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const messages: string[] = [];
  let waiting: PromiseWithResolvers<string> | undefined;
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\0');
    rest = parts.pop() ?? '';
    messages.push(...parts);
    const first = waiting === undefined ? undefined : messages.shift();
    if (first !== undefined) waiting?.resolve(first);
    if (first !== undefined) waiting = undefined;
  });
  ended.then(
    () => waiting?.reject(new Error(`the receiver at ${address} has ended`)),
    (error) => waiting?.reject(error),
  );
  const next = async (): Promise<string> => {
    const first = messages.shift();
    if (first !== undefined) return first;
    waiting = Promise.withResolvers<string>();
    return await waiting.promise;
  };
  if ((await next()) !== 'bound') throw new Error(`cannot listen at ${address}`);
  return {
    next,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
