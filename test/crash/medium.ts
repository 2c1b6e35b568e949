/**
 * What a medium keeps of a trace: for each file and each directory what is durable, and what is still on its way. Pure.
 *
 * Assumed of the file system, and no more than this:
 * - a sync of a file makes its content, size and mode durable, not its name; a sync of a directory makes the names in it
 *   durable (with the targets of symlinks), not its own name nor what is in its files;
 * - a sync of the file system makes all of that durable;
 * - a rename within a directory is on the medium whole or not at all; of one between directories the new name may come
 *   without the old one's going, but the file is never lost from both;
 * - a sector of 512 bytes is written whole or not at all, save where `fate.ts` says that it is garbled.
 * Without a sync nothing is promised, and nothing comes in order.
 *
 * On a FAT (the boot partition) less: of a rename either name, both or none may be there, and at its new name a thing is
 * empty until it is synced itself. That both names lead to the same clusters is not played: each has a copy.
 * With `ext4` more: a sync of anything also makes every earlier change of a name durable, and the others come in order.
 */
import type { Entry, Picture } from './picture.ts';
import type { Step } from './trace.ts';

export type FileSystem = 'weakest' | 'ext4';

export interface Content {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

export type DataChange =
  | { readonly kind: 'write'; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: 'size'; readonly size: number }
  | { readonly kind: 'mode'; readonly mode: number };

/** A file, a directory or a symlink. What is not of its kind is empty. */
export interface Node {
  readonly kind: Entry['kind'];
  readonly target: string;
  durable: Content;
  live: Content;
  /** From `durable` to `live`. */
  pending: DataChange[];
}

/** A name that appears, goes, or moves within its directory. */
export interface NameChange {
  readonly folder: Node;
  /** Names that now lead to nothing. */
  readonly gone: readonly string[];
  /** A name that now leads to `node`. */
  readonly name?: string;
  readonly node?: Node;
  /** A change that is on the medium whenever this one is. */
  readonly needs?: NameChange;
  readonly isFat?: boolean;
}

export interface MediumOptions {
  /** What is known of the file system; `weakest` unless told. */
  readonly fileSystem?: FileSystem;
  /** True for paths on a FAT; nothing is, unless told. */
  readonly isFat?: (path: string) => boolean;
}

/** What of the writes on their way is on the medium. */
export interface Kept {
  readonly names: ReadonlySet<NameChange>;
  content(node: Node, path: string): Content;
  /** Of a thing that was renamed on a FAT, and not synced since: whether its new name leads to it. */
  isFilled(node: Node): boolean;
}

type Names = Map<string, Node>;

const NOTHING = new Uint8Array();

function nodeOf(entry: Entry): Node {
  const bytes = entry.kind === 'file' ? entry.bytes : NOTHING;
  const content = { bytes, mode: entry.kind === 'symlink' ? 0o777 : entry.mode };
  const target = entry.kind === 'symlink' ? entry.target : '';
  return { kind: entry.kind, target, durable: content, live: content, pending: [] };
}

function applied(content: Content, change: DataChange): Content {
  if (change.kind === 'mode') return { ...content, mode: change.mode };
  const { bytes } = content;
  const size = change.kind === 'size' ? change.size : Math.max(bytes.length, change.offset + change.data.length);
  const next = new Uint8Array(size);
  next.set(bytes.subarray(0, size));
  if (change.kind === 'write') next.set(change.data, change.offset);
  return { ...content, bytes: next };
}

function applyName(names: Map<Node, Names>, { folder, gone, name, node }: NameChange): void {
  const here = names.get(folder) ?? new Map<string, Node>();
  names.set(folder, here);
  for (const old of gone) here.delete(old);
  if (name !== undefined && node !== undefined) here.set(name, node);
}

function withNeeded(changes: Iterable<NameChange>): ReadonlySet<NameChange> {
  return new Set([...changes].flatMap((one) => (one.needs === undefined ? [one] : [one.needs, one])));
}

export class Medium {
  readonly #root = nodeOf({ kind: 'directory', mode: 0o755 });
  readonly #inodes = new Map<number, Node>();
  readonly #durable = new Map<Node, Names>();
  readonly #live = new Map<Node, Names>();
  readonly #options: MediumOptions;
  #names: NameChange[] = [];
  /** Things renamed on a FAT and not synced since, with their new name. */
  readonly #moved = new Map<Node, string>();

  /** All of `picture` is durable; `inodes` says which numbers the trace calls its paths by. */
  constructor(picture: Picture, inodes: ReadonlyMap<string, number>, options: MediumOptions = {}) {
    this.#options = options;
    this.#inodes.set(inodes.get('/') ?? 0, this.#root);
    for (const [path, entry] of picture) {
      const node = nodeOf(entry);
      this.#inodes.set(inodes.get(path) ?? 0, node);
      const [folder, name] = this.#place(path);
      for (const names of [this.#durable, this.#live]) applyName(names, { folder, gone: [], name, node });
    }
  }

  /** Changes of names that are on their way. */
  get names(): readonly NameChange[] {
    return this.#names;
  }

  /** The path of an inode as all that was done has it; undefined where it has none. */
  pathOf(inode: number): string | undefined {
    const wanted = this.#inodes.get(inode);
    if (wanted === this.#root) return '/';
    let found: string | undefined;
    const seen = (node: Node, path: string): Content => {
      if (node === wanted) found = path;
      return node.live;
    };
    this.#picture(this.#live, seen);
    return found;
  }

  /** Files with changes of content on their way. */
  get dirty(): readonly Node[] {
    return [...new Set(this.#inodes.values())].filter((node) => node.pending.length > 0);
  }

  /** True where content of the file at `path` is on its way. */
  isDirty(path: string): boolean {
    return (this.#find(path)?.pending.length ?? 0) > 0;
  }

  /** True where a power cut takes nothing away. */
  get isQuiet(): boolean {
    return this.#names.length === 0 && this.#moved.size === 0 && this.dirty.length === 0;
  }

  /** The medium with all that was done. */
  live(): Picture {
    return this.#picture(this.#live, (node) => node.live);
  }

  /** The medium with what is durable and what is kept, with what that needs. */
  image({ names: kept, content, isFilled }: Kept): Picture {
    const names = new Map([...this.#durable].map(([node, here]) => [node, new Map(here)]));
    const whole = withNeeded(kept);
    for (const change of this.#names) if (whole.has(change)) applyName(names, change);
    const isEmpty = (node: Node, path: string) => path === this.#moved.get(node) && !isFilled(node);
    return this.#picture(names, content, isEmpty);
  }

  /** Follows the trace by one step. */
  apply(step: Step): void {
    switch (step.kind) {
      case 'mark':
        break;
      case 'create':
      case 'mkdir':
      case 'symlink':
        this.#make(step);
        break;
      case 'write':
        this.#change(step.inode, { kind: 'write', offset: step.offset, data: step.data });
        break;
      case 'truncate':
        this.#change(step.inode, { kind: 'size', size: step.size });
        break;
      case 'mode':
        this.#change(step.inode, { kind: 'mode', mode: step.mode });
        break;
      case 'sync':
        this.#sync(this.#node(step.inode));
        break;
      case 'sync-all':
        this.#syncAll();
        break;
      case 'unlink':
      case 'rmdir': {
        const [folder, name] = this.#place(step.path);
        this.#rename({ folder, gone: [name] });
        break;
      }
      case 'link': {
        const [folder, name] = this.#place(step.to);
        this.#rename({ folder, gone: [], name, node: this.#at(step.from) });
        break;
      }
      case 'rename':
        if (this.#options.isFat?.(step.to) === true) this.#moveOnFat(step.from, step.to);
        else this.#move(step.from, step.to);
        break;
    }
  }

  #make(step: Extract<Step, { readonly kind: 'create' | 'mkdir' | 'symlink' }>): void {
    const kind = step.kind === 'create' ? 'file' : step.kind === 'mkdir' ? 'directory' : 'symlink';
    const target = step.kind === 'symlink' ? step.target : '';
    const mode = step.kind === 'symlink' ? 0o777 : step.mode;
    const node = nodeOf(
      kind === 'file' ? { kind, mode, bytes: NOTHING } : kind === 'directory' ? { kind, mode } : { kind, target },
    );
    this.#inodes.set(step.inode, node);
    const [folder, name] = this.#place(step.path);
    this.#rename({ folder, gone: [], name, node });
  }

  #move(from: string, to: string): void {
    const node = this.#at(from);
    const [oldFolder, oldName] = this.#place(from);
    const [folder, name] = this.#place(to);
    // Between two names of one file a rename does nothing.
    if (this.#live.get(folder)?.get(name) === node) return;
    if (oldFolder === folder) {
      this.#rename({ folder, gone: [oldName], name, node });
      return;
    }
    const link: NameChange = { folder, gone: [], name, node };
    this.#rename(link);
    this.#rename({ folder: oldFolder, gone: [oldName], needs: link });
  }

  /** FAT: two entries of a directory, each written by itself, and the new one empty at first. */
  #moveOnFat(from: string, to: string): void {
    const node = this.#at(from);
    const [oldFolder, oldName] = this.#place(from);
    const [folder, name] = this.#place(to);
    this.#rename({ folder, gone: [], name, node, isFat: true });
    this.#rename({ folder: oldFolder, gone: [oldName], isFat: true });
    this.#moved.set(node, to);
  }

  #rename(change: NameChange): void {
    applyName(this.#live, change);
    this.#names.push(change);
  }

  #change(inode: number, change: DataChange): void {
    const node = this.#node(inode);
    node.live = applied(node.live, change);
    node.pending.push(change);
  }

  #sync(node: Node): void {
    this.#settle(node);
    const isJournal = this.#options.fileSystem === 'ext4';
    const isMine = ({ folder, isFat = false }: NameChange) => folder === node || (isJournal && !isFat);
    const mine = withNeeded(this.#names.filter(isMine));
    for (const change of this.#names) if (mine.has(change)) applyName(this.#durable, change);
    this.#names = this.#names.filter((change) => !mine.has(change));
  }

  /** All but what is on a FAT, which is a file system of its own. */
  #syncAll(): void {
    const paths = new Map<Node, string>([[this.#root, '/']]);
    this.#picture(this.#live, (node, path) => {
      paths.set(node, path);
      return node.live;
    });
    // What has no name any more is nowhere.
    const isHere = (node: Node) => this.#options.isFat?.(paths.get(node) ?? '') !== true;
    for (const node of this.dirty.filter(isHere)) this.#settle(node);
    const mine = new Set(this.#names.filter(({ folder }) => isHere(folder)));
    for (const change of this.#names) if (mine.has(change)) applyName(this.#durable, change);
    this.#names = this.#names.filter((change) => !mine.has(change));
  }

  #settle(node: Node): void {
    node.durable = node.live;
    node.pending = [];
    this.#moved.delete(node);
  }

  #picture(
    names: ReadonlyMap<Node, Names>,
    content: Kept['content'],
    isEmpty: (node: Node, path: string) => boolean = () => false,
  ): Picture {
    const picture = new Map<string, Entry>();
    const visit = (folder: Node, path: string): void => {
      for (const [name, node] of [...(names.get(folder) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const at = `${path}/${name}`;
        if (node.kind === 'symlink') {
          picture.set(at, { kind: 'symlink', target: node.target });
          continue;
        }
        const { bytes, mode } = content(node, at);
        const hasNothing = isEmpty(node, at);
        if (node.kind === 'file') picture.set(at, { kind: 'file', mode, bytes: hasNothing ? NOTHING : bytes });
        else picture.set(at, { kind: 'directory', mode });
        if (node.kind === 'directory' && !hasNothing) visit(node, at);
      }
    };
    visit(this.#root, '');
    return picture;
  }

  #node(inode: number): Node {
    const node = this.#inodes.get(inode);
    if (node === undefined) throw new Error(`cannot follow the trace: it names inode ${inode}, which it did not make`);
    return node;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of path.split('/').slice(1)) node = node && this.#live.get(node)?.get(name);
    return node;
  }

  #at(path: string): Node {
    const node = this.#find(path);
    if (node === undefined) throw new Error(`cannot follow the trace: there is no ${path}`);
    return node;
  }

  #place(path: string): readonly [folder: Node, name: string] {
    const cut = path.lastIndexOf('/');
    return [cut === 0 ? this.#root : this.#at(path.slice(0, cut)), path.slice(cut + 1)];
  }
}
