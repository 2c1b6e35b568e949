/** Asks a name server. */

/** Any answer is one: that there is no such name, too. */
const answers: readonly string[] = ['ENOTFOUND', 'ENODATA'];
const maxMillis = 3000;

/**
 * Asks the name servers of this machine (or `servers`) for the IPv4 address of `host`.
 * @throws where none answers
 */
export async function resolve(host: string, signal: AbortSignal, servers?: readonly string[]): Promise<string> {
  const { Resolver } = await import('node:dns/promises');
  const resolver = new Resolver({ timeout: maxMillis, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [address = 'nowhere'] = await resolver.resolve4(host);
    return `a name server says that ${host} is at ${address}`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (answers.includes(code)) return `a name server says that it knows no ${host}`;
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
