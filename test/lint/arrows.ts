/**
 * The house rule of imports, checked: agent -> images -> gadget -> bootloader, and inside agent/ only downwards, floor by
 * floor. `test/` may import anything; workspace packages import nothing of the rest. Prints every wrong arrow; exit 1 on any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Higher number = higher in the house; a file may import from its own place or a lower one. */
const HOUSES: readonly string[] = ['bootloader', 'gadget', 'images', 'agent'];

/** Floors of agent/, lowest first. Folders on one floor may not import each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['engine', 'system'],
  ['boot'],
  ['store', 'confine'],
  ['snaps'],
  ['device', 'refresh'],
  ['api'],
  ['.'],
];

/** Packages that others use alone: no import from the rest of the house. */
const PACKAGES: readonly string[] = ['bootloader/u-boot-env', 'images/squashfs-ts', 'agent/system/systemd-notify'];

export interface Arrow {
  readonly from: string;
  readonly to: string;
}

function floorOf(path: string): { readonly floor: number; readonly folder: string } {
  const folder = path.split('/').length > 2 ? (path.split('/')[1] ?? '.') : '.';
  return { floor: FLOORS.findIndex((names) => names.includes(folder)), folder };
}

/** Why an import is not allowed, or undefined where it is. Paths are relative to the repository, with forward slashes. */
export function wrongArrow({ from, to }: Arrow): string | undefined {
  const fromPackage = PACKAGES.find((p) => from.startsWith(`${p}/`));
  const toPackage = PACKAGES.find((p) => to.startsWith(`${p}/`));
  if (fromPackage !== undefined) {
    return toPackage === fromPackage ? undefined : `package ${fromPackage} must stand alone`;
  }
  if (toPackage !== undefined) return `import the package ${toPackage} by its name`;
  const house = HOUSES.indexOf(from.split('/')[0] ?? '');
  const target = HOUSES.indexOf(to.split('/')[0] ?? '');
  if (house < 0) return undefined;
  if (target < 0) return `${from.split('/')[0]}/ may not import ${to.split('/')[0]}/`;
  if (target > house) return `${HOUSES[house]}/ is below ${HOUSES[target]}/`;
  if (HOUSES[house] !== 'agent' || target !== house) return undefined;
  const a = floorOf(from);
  const b = floorOf(to);
  if (a.folder === b.folder) return undefined;
  if (a.folder === 'cli') return `agent/cli knows only the REST API, not agent/${b.folder}`;
  if (b.folder === 'cli') return a.folder === '.' ? undefined : 'only main.ts imports agent/cli';
  if (a.floor < 0) return `agent/${a.folder} has no floor: add it to FLOORS`;
  if (b.floor < 0) return `agent/${b.folder} has no floor: add it to FLOORS`;
  if (a.floor === b.floor && a.floor === 0)
    return a.folder === 'engine' ? undefined : 'agent/system is below agent/engine';
  if (b.floor >= a.floor) return `agent/${a.folder} is not above agent/${b.folder}`;
  return undefined;
}

function sources(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);
}

/** Every relative import of the repository's sources (unit tests may reach up to `test/`, so they are left out). */
export function arrowsOf(root: string): Arrow[] {
  const arrows: Arrow[] = [];
  for (const from of HOUSES.flatMap((house) => sources(root, house))) {
    if (from.endsWith('.test.ts')) continue;
    const text = readFileSync(join(root, from), 'utf8');
    for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const to = relative(root, resolve(root, dirname(from), match[1] ?? ''));
      arrows.push({ from, to });
    }
  }
  return arrows;
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const wrong = arrowsOf(root).flatMap((arrow) => {
    const why = wrongArrow(arrow);
    return why === undefined ? [] : [`${arrow.from} imports ${arrow.to}: ${why}`];
  });
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) process.exitCode = 1;
}
