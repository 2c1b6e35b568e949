import { SquashfsError, type SquashfsImage } from 'squashfs-ts';
import { type Epoch, parseEpoch } from './epoch.ts';
import { SnapError, type SnapErrorCode } from './error.ts';
import { checkSnapName, splitInstanceName } from './names.ts';
import { fromSquashfs } from './squashfs-error.ts';
import { checkVersion } from './version.ts';
import { badMetadata, type Plain, SnapYaml } from './yaml.ts';

/** Largest meta/snap.yaml that is read. */
export const MAX_SNAP_YAML_BYTES = 512 * 1024;

const TYPES = ['app', 'kernel', 'base', 'os', 'gadget', 'snapd'] as const;
const CONFINEMENTS = ['strict', 'devmode', 'classic'] as const;
const GRADES = ['stable', 'devel'] as const;

export type SnapType = (typeof TYPES)[number];
export type Confinement = (typeof CONFINEMENTS)[number];
export type Grade = (typeof GRADES)[number];

/** What meta/snap.yaml says, as far as installing and the REST API need it. */
export interface SnapInfo {
  readonly name: string;
  readonly version: string;
  readonly type: SnapType;
  /** Debian's names, or "all"; never empty. */
  readonly architectures: readonly string[];
  /** As given: undefined stands for `core` in apps, "none" for no base at all. */
  readonly base: string | undefined;
  readonly epoch: Epoch;
  readonly confinement: Confinement;
  readonly grade: Grade;
  readonly title: string;
  readonly summary: string;
  readonly description: string;
  readonly license: string;
  readonly assumes: readonly string[];
  /** Not checked. */
  readonly apps: { readonly [name: string]: Plain };
  /** Not checked. */
  readonly hooks: { readonly [name: string]: Plain };
}

function oneOf<T extends string>(allowed: readonly T[], text: string, code: SnapErrorCode, what: string): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new SnapError(code, `cannot parse snap.yaml: invalid ${what}: ${JSON.stringify(text)}`);
}

function typeOf(text: string, name: string): SnapType {
  // The store says "application"; the snapd snap says nothing.
  if (text === '') return name === 'snapd' ? 'snapd' : 'app';
  return text === 'application' ? 'app' : oneOf(TYPES, text, 'bad-type', 'snap type');
}

function checkLength(what: string, text: string, most: number): void {
  const length = [...text].length;
  if (length > most) throw new SnapError('bad-metadata', `${what} can have up to ${most} codepoints, got ${length}`);
}

function checkBase({ base, type, name, apps, hooks }: SnapInfo): void {
  if (base === undefined) return;
  if (base !== 'none' && (type === 'os' || type === 'base')) {
    throw new SnapError('bad-base', `cannot have "base" field on "${type}" snap ${JSON.stringify(name)}`);
  }
  if (base === 'none' && Object.keys(apps).length + Object.keys(hooks).length > 0) {
    throw new SnapError('bad-base', 'cannot have apps or hooks with base "none"');
  }
  const { name: baseName, key } = splitInstanceName(base);
  if (key !== '') throw new SnapError('bad-base', `base cannot specify a snap instance name: ${JSON.stringify(base)}`);
  try {
    checkSnapName(baseName);
  } catch (cause) {
    throw new SnapError('bad-base', `invalid base name: ${(cause as SnapError).message}`, { cause });
  }
}

function check(info: SnapInfo): void {
  if (info.name === '') throw new SnapError('bad-name', 'snap name cannot be empty');
  checkSnapName(info.name);
  checkLength('title', info.title, 40);
  checkLength('description', info.description, 4096);
  checkVersion(info.version);
  checkBase(info);
  if (info.architectures.includes(''))
    throw new SnapError('bad-architectures', 'cannot use snap: an architecture is empty');
}

/**
 * Reads and checks the text of a snap.yaml. Throws a SnapError, with snapd's message where it has one: `bad-metadata`,
 * `bad-name`, `bad-version`, `bad-type`, `bad-base`, `bad-epoch`, `bad-confinement`, `bad-grade`, `bad-architectures`.
 */
export function parseSnapInfo(text: string): SnapInfo {
  const yaml = new SnapYaml(text);
  if (yaml.has('layouts')) throw badMetadata('typo detected: use singular "layout" instead of plural "layouts"');
  const name = yaml.text('name');
  const architectures = yaml.list('architectures');
  const info: SnapInfo = {
    name,
    version: yaml.text('version'),
    type: typeOf(yaml.text('type'), name),
    architectures: architectures.length === 0 ? ['all'] : architectures,
    base: yaml.text('base') || undefined,
    epoch: parseEpoch(yaml.raw('epoch')),
    confinement: oneOf(CONFINEMENTS, yaml.text('confinement') || 'strict', 'bad-confinement', 'confinement type'),
    grade: oneOf(GRADES, yaml.text('grade') || 'stable', 'bad-grade', 'grade'),
    title: yaml.text('title'),
    summary: yaml.text('summary'),
    description: yaml.text('description'),
    license: yaml.text('license'),
    assumes: yaml.list('assumes'),
    apps: yaml.map('apps'),
    hooks: yaml.map('hooks'),
  };
  check(info);
  return info;
}

async function readSnapYaml(image: SquashfsImage): Promise<Uint8Array> {
  try {
    // snapd's container check: what is read here must be what is there when the snap is mounted.
    const meta = await image.lstat('meta');
    if (meta.type !== 'directory') throw new SnapError('no-metadata', `cannot use snap: its meta is a ${meta.type}`);
    return await image.readFile('meta/snap.yaml', { maxBytes: MAX_SNAP_YAML_BYTES });
  } catch (error) {
    if (error instanceof SquashfsError && error.code === 'too-large') {
      throw new SnapError('metadata-too-large', 'cannot use snap: its meta/snap.yaml is larger than 512 KiB', {
        cause: error,
      });
    }
    if (error instanceof SquashfsError && ['not-found', 'not-a-file', 'not-a-directory', 'loop'].includes(error.code)) {
      throw new SnapError('no-metadata', 'cannot use snap: it has no meta/snap.yaml', { cause: error });
    }
    throw fromSquashfs(error);
  }
}

/**
 * Reads meta/snap.yaml of an image, at most 512 KiB. Throws what `parseSnapInfo` does, and `no-metadata`,
 * `metadata-too-large`, `corrupt`, `truncated`.
 */
export async function readSnapInfo(image: SquashfsImage): Promise<SnapInfo> {
  const bytes = await readSnapYaml(image);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw badMetadata('not UTF-8', cause);
  }
  return parseSnapInfo(text);
}
