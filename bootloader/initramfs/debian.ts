/**
 * Debian packages of any architecture, for an ordinary user: apt with lists and status of its own in the cache, so neither the
 * host's foreign architectures nor its other sources matter. apt checks the signature of the lists and the digest of each package.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

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

/** A package file in the cache. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly architecture: Architecture;
  readonly path: string;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCES = `deb [signed-by=${KEYRING}] http://deb.debian.org/debian bookworm main
deb [signed-by=${KEYRING}] http://deb.debian.org/debian-security bookworm-security main
`;
const OUTPUT_SIZE_MAX = 16 * 1024 * 1024;
const LOCK_WAIT_S = 600;

/** What `apt-get download --print-uris` says of a package. */
export interface Offer {
  readonly file: string;
  readonly size: number;
}

/** Reads one line `'URI' FILE SIZE SHA256:...`; undefined where there is none. */
export function parseOffer(text: string): Offer | undefined {
  const match = /^'[^']+' ([\w.+%~-]+\.deb) (\d+) SHA256:[0-9a-f]{64}$/m.exec(text);
  return match?.[1] === undefined ? undefined : { file: match[1], size: Number(match[2]) };
}

/** The version in a package's file name, as apt writes it: `name_version_architecture.deb`, the colon as %3a. */
export function versionOf(file: string): string {
  return decodeURIComponent(file.split('_')[1] ?? '');
}

/** apt for one architecture, with its state in the cache. */
class Apt {
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

  async offer(name: string): Promise<Offer> {
    const offer = parseOffer(await this.#run(['download', '--print-uris', name], this.#home));
    if (offer === undefined) throw new DebianError('no-package', `cannot find the package ${name} in Debian's lists`);
    return offer;
  }

  async download(name: string, directory: string): Promise<void> {
    await this.#run(['download', name], directory);
  }

  async #run(args: readonly string[], cwd: string): Promise<string> {
    // apt fails at once when another apt holds its lists; the lock makes parallel builds wait for each other.
    const lock = ['--timeout', String(LOCK_WAIT_S), join(this.#home, 'lock'), 'apt-get', ...this.#options, ...args];
    try {
      const { stdout } = await run('flock', lock, {
        cwd,
        maxBuffer: OUTPUT_SIZE_MAX,
        env: { ...process.env, LC_ALL: 'C' },
      });
      return stdout;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DebianError('apt-failed', `cannot run apt-get ${args.join(' ')}: ${reason}`, { cause });
    }
  }
}

/**
 * The package of that name, downloaded unless the cache has it: `<cacheDir>/debs/<name>_<version>_<architecture>.deb`, in the
 * version that apt offers first.
 * @throws DebianError bad-name, apt-failed, no-package
 */
export async function fetchPackage(name: string, architecture: Architecture, cacheDir: string): Promise<Package> {
  if (!/^[a-z0-9][a-z0-9.+-]+$/.test(name))
    throw new DebianError('bad-name', `cannot fetch '${name}': no package name`);
  const apt = new Apt(architecture, cacheDir);
  mkdirSync(join(cacheDir, 'debs'), { recursive: true });
  mkdirSync(join(cacheDir, 'apt', architecture), { recursive: true });
  await apt.prepare();
  const found = (offer: Offer): Package => {
    const path = join(cacheDir, 'debs', offer.file);
    return { name, version: versionOf(offer.file), architecture, path };
  };
  const offer = await apt.offer(name);
  const cached = found(offer);
  if (statSync(cached.path, { throwIfNoEntry: false })?.size === offer.size) return cached;

  const directory = mkdtempSync(join(cacheDir, 'debs', '.new-'));
  try {
    try {
      await apt.download(name, directory);
    } catch {
      // Old lists name versions that the archive has replaced since.
      await apt.update();
      await apt.download(name, directory);
    }
    const fetched = found(await apt.offer(name));
    renameSync(join(directory, fetched.path.slice(join(cacheDir, 'debs/').length)), fetched.path);
    return fetched;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One field of a package's control file (`Depends`, `Version`, ...); empty where it has none. @throws DebianError unpack-failed */
export async function packageField({ path }: Package, field: string): Promise<string> {
  const { stdout } = await dpkgDeb(['--field', path, field]);
  return stdout.trim();
}

/** Unpacks a package into a directory, which is made if it is not there. @throws DebianError unpack-failed */
export async function unpackPackage({ path }: Package, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await dpkgDeb(['--extract', path, directory]);
}

async function dpkgDeb(args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await run('dpkg-deb', args, { maxBuffer: OUTPUT_SIZE_MAX });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DebianError('unpack-failed', `cannot run dpkg-deb ${args.join(' ')}: ${reason}`, { cause });
  }
}
