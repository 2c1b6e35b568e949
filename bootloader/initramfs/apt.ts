/**
 * apt for an ordinary user and any architecture: its lists and its status are its own and lie in the cache, so neither the
 * host's foreign architectures nor its other sources matter. apt checks the signature of the lists and the digest of each package.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type Architecture = 'amd64' | 'arm64';

export type DebianErrorCode = 'bad-name' | 'apt-failed' | 'no-package' | 'unpack-failed';

export class DebianError extends Error {
  readonly code: DebianErrorCode;

  constructor(code: DebianErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DebianError';
    this.code = code;
  }
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCES = `deb [signed-by=${KEYRING}] http://deb.debian.org/debian bookworm main
deb [signed-by=${KEYRING}] http://deb.debian.org/debian-security bookworm-security main
`;
const OUTPUT_SIZE_MAX = 16 * 1024 * 1024;
const LOCK_WAIT_S = 600;

/** What `apt-get download --print-uris` says of a package: the name of its file, as apt will write it, and the size in bytes. */
export interface Offer {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly size: number;
}

/** Reads lines `'URI' FILE SIZE SHA256:...`; other lines are left out. FILE is `name_version_architecture.deb`, a colon is %3a. */
export function parseOffers(text: string): Offer[] {
  const lines = text.matchAll(/^'[^']+' (([a-z0-9.+-]+)_([\w.+%~-]+)_\w+\.deb) (\d+) SHA256:[0-9a-f]{64}$/gm);
  return [...lines].map(([, file = '', name = '', version = '', size]) => {
    return { name, version: decodeURIComponent(version), file, size: Number(size) };
  });
}

/** Runs a tool in the C locale; what it printed. Where it fails, the error says what it complained of. */
export async function run(code: DebianErrorCode, command: string, args: readonly string[], cwd = '.'): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C' };
  try {
    return (await execute(command, args, { cwd, env, maxBuffer: OUTPUT_SIZE_MAX })).stdout;
  } catch (cause) {
    const complaint = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    const call = [command, ...args.slice(-3)].join(' ');
    throw new DebianError(code, `cannot run ${call}: ${complaint || String(cause)}`, { cause });
  }
}

/** apt for one architecture, with its state in the cache. */
export class Apt {
  readonly #home: string;
  readonly #options: readonly string[];

  constructor(architecture: Architecture, cacheDir: string) {
    const home = join(cacheDir, 'apt', architecture);
    this.#home = home;
    const settings = {
      'APT::Architecture': architecture,
      'APT::Architectures::': architecture,
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
      'Dir::State': join(home, 'state'),
      'Dir::State::status': join(home, 'status'),
      'Dir::Cache': join(home, 'cache'),
      'Dir::Etc::sourcelist': join(home, 'sources.list'),
      'Dir::Etc::sourceparts': '-',
    };
    this.#options = ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  }

  /** Fetches the lists if the cache has none. They stay as they are after that, so that builds from one cache agree. */
  async prepare(): Promise<void> {
    if (existsSync(join(this.#home, 'updated'))) return;
    for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(this.#home, folder), { recursive: true });
    }
    writeFileSync(join(this.#home, 'status'), '');
    writeFileSync(join(this.#home, 'sources.list'), SOURCES);
    await this.update();
  }

  /** Fetches the lists anew. apt calls a list that it could not fetch a warning; here it is an error. */
  async update(): Promise<void> {
    await this.#run(['-o', 'APT::Update::Error-Mode=any', 'update'], this.#home);
    writeFileSync(join(this.#home, 'updated'), '');
  }

  /** What apt would download for these names, in their order. */
  async offers(names: readonly string[]): Promise<Offer[]> {
    const offers = await this.#offered(names);
    return names.map((name) => {
      const offer = offers.find((candidate) => candidate.name === name);
      if (offer !== undefined) return offer;
      throw new DebianError('no-package', `cannot find the package ${name}: Debian's lists do not have it`);
    });
  }

  async #offered(names: readonly string[]): Promise<Offer[]> {
    try {
      return parseOffers(await this.#run(['download', '--print-uris', ...names], this.#home));
    } catch (error) {
      const missing = error instanceof DebianError && /Unable to locate package (\S+)/.exec(error.message)?.[1];
      if (!missing) throw error;
      throw new DebianError('no-package', `cannot find the package ${missing}: Debian's lists do not have it`);
    }
  }

  /** Downloads the packages into a directory. */
  async download(names: readonly string[], directory: string): Promise<void> {
    await this.#run(['download', ...names], directory);
  }

  async #run(args: readonly string[], cwd: string): Promise<string> {
    // apt fails at once when another apt holds its lists; the lock makes parallel builds wait for each other.
    const lock = ['--timeout', String(LOCK_WAIT_S), join(this.#home, 'lock'), 'apt-get', ...this.#options, ...args];
    return run('apt-failed', 'flock', lock, cwd);
  }
}
