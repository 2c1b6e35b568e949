/** The names and contents of the simulated disk: a map from absolute path to node. */
import { basename, dirname, join, resolve } from 'node:path';
import { DEFAULT_DIRECTORY_MODE } from './disk.ts';
import { DiskError } from './disk-error.ts';

export type SimNode =
  | { readonly kind: 'file' | 'device'; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'symlink'; readonly mode: number; readonly target: string };

/** As many symlinks as Linux follows in one path. */
const MAX_LINKS = 40;

export class SimTree {
  readonly #nodes = new Map<string, SimNode>([['/', { kind: 'directory', mode: DEFAULT_DIRECTORY_MODE }]]);

  /** The real name of `path`: symlinks in the directories above it are followed, one at its end is not. */
  #real(path: string, depth = 0): string {
    const normal = resolve('/', path);
    if (normal === '/') return '/';
    const above = this.#real(dirname(normal), depth);
    const node = this.#nodes.get(above);
    const folder = node?.kind === 'symlink' ? this.#end(above, depth) : above;
    return join(folder, basename(normal));
  }

  /** Where the chain of symlinks at `path` ends. */
  #end(path: string, depth: number): string {
    if (depth > MAX_LINKS) throw new DiskError('wrong-kind', 'follow', path);
    const real = this.#real(path, depth);
    const node = this.#nodes.get(real);
    return node?.kind === 'symlink' ? this.#end(resolve(dirname(real), node.target), depth + 1) : real;
  }

  /** What is at `path` itself; undefined if nothing is. */
  at(path: string): SimNode | undefined {
    const real = this.#real(path);
    const above = this.#nodes.get(dirname(real));
    if (above !== undefined && above.kind !== 'directory') throw new DiskError('wrong-kind', 'look at', path);
    return this.#nodes.get(real);
  }

  /** What is at `path`, symlinks followed; `not-found` if nothing is. */
  follow(path: string, action: string): SimNode {
    const node = this.at(this.#end(path, 0));
    if (node === undefined) throw new DiskError('not-found', action, path);
    return node;
  }

  /** Checks that the directory of `path` exists. */
  parent(path: string, action: string): void {
    if (this.follow(dirname(path), action).kind !== 'directory') throw new DiskError('wrong-kind', action, path);
  }

  names(path: string): string[] {
    const folder = this.#end(path, 0);
    if (this.follow(path, 'list').kind !== 'directory') throw new DiskError('wrong-kind', 'list', path);
    return this.paths()
      .filter((child) => child !== '/' && dirname(child) === folder)
      .map((child) => basename(child))
      .sort();
  }

  paths(): string[] {
    return [...this.#nodes.keys()];
  }

  set(path: string, node: SimNode): void {
    this.#nodes.set(this.#real(path), node);
  }

  /** Puts a node there with the directories above it. */
  seed(path: string, node: SimNode): void {
    const folder = dirname(path);
    if (this.at(folder) === undefined) this.seed(folder, { kind: 'directory', mode: DEFAULT_DIRECTORY_MODE });
    this.set(path, node);
  }

  /** Removes a node and all below it; nothing there is no error. */
  delete(path: string): void {
    const real = this.#real(path);
    for (const name of this.#below(real)) this.#nodes.delete(name);
    this.#nodes.delete(real);
  }

  /** rename(2): replaces a file with a file or an empty directory with a directory. */
  move(from: string, to: string): void {
    const source = this.#real(from);
    const target = this.#real(to);
    const node = this.#nodes.get(source);
    const there = this.#nodes.get(target);
    if (node === undefined) throw new DiskError('not-found', 'rename', from);
    if (source === target) return;
    if (target.startsWith(`${source}/`)) throw new DiskError('wrong-kind', 'rename', from);
    if (there !== undefined && (there.kind === 'directory') !== (node.kind === 'directory')) {
      throw new DiskError('wrong-kind', 'rename', to);
    }
    if (this.#below(target).length > 0) throw new DiskError('exists', 'rename', to);
    const moved = [source, ...this.#below(source)].map((name) => [name, this.#nodes.get(name)] as const);
    for (const [name] of moved) this.#nodes.delete(name);
    for (const [name, child] of moved)
      if (child !== undefined) this.#nodes.set(target + name.slice(source.length), child);
  }

  #below(path: string): string[] {
    return this.paths().filter((name) => name.startsWith(`${path}/`));
  }

  /** Bytes in all files. */
  used(): number {
    let sum = 0;
    for (const node of this.#nodes.values()) sum += node.kind === 'file' ? node.bytes.length : 0;
    return sum;
  }

  picture(): Record<string, string> {
    const shown = (node: SimNode): string => {
      if (node.kind === 'directory') return '/';
      return node.kind === 'symlink' ? `-> ${node.target}` : Buffer.from(node.bytes).toString('latin1');
    };
    return Object.fromEntries(
      [...this.#nodes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([p, node]) => [p, shown(node)]),
    );
  }
}
