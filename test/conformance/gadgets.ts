/** gadget.yaml files: volumes, structures and where they lie, as far as our gadget code goes (models without grade). */
import { isDeepStrictEqual } from 'node:util';
import { GadgetError } from '../../gadget/error.ts';
import { layoutVolume } from '../../gadget/layout.ts';
import { type Content, type Gadget, isPartition, type Structure, type Volume } from '../../gadget/model.ts';
import { parseGadget } from '../../gadget/yaml.ts';
import { answerIn, type Json, list, namesIn, record, textIn } from './json.ts';
import type { CaseReport, Kind } from './kind.ts';

/** Kinds of model for which nothing of ours reads a gadget. */
const OTHER_MODELS: readonly string[] = ['none', 'classic', 'uc20', 'uc20-signed'];

/** Parts of a gadget that nothing of ours reads; empty in most. */
const OTHER_PARTS: readonly string[] = ['connections', 'defaults', 'kernel_cmdline', 'volume_assignments'];

export const gadgets: Kind = {
  name: 'gadgets',
  path: 'gadgets',
  *run(corpus) {
    for (const name of namesIn(corpus, 'gadgets')) {
      const answer = answerIn(corpus, 'gadgets', `${name}.json`);
      yield judgeGadget(name, textIn(corpus, `gadgets/${name}`), record(answer['result'], name));
    }
  },
};

export function judgeGadget(name: string, yaml: string, models: Json): CaseReport {
  const report = { name, equal: 0, intended: [] as string[], unmatched: [] as string[], notBuilt: [] as string[] };
  for (const model of OTHER_MODELS) if (models[model] !== undefined) report.notBuilt.push(`model ${model}`);
  const snapd = record(models['uc16'], 'uc16');
  const ours = read(yaml);
  const problem = snapd['error'] ?? snapd['validate'] ?? null;
  const differs = (what: string, theirs: unknown, own: unknown): void => {
    report.unmatched.push(`${what}: snapd ${JSON.stringify(theirs)}, ours ${JSON.stringify(own)}`);
  };
  if (ours instanceof GadgetError) {
    if (problem !== null) report.equal += 1;
    else if (ours.code === 'bad-value' && / leads out of its directory$/.test(ours.message) && yaml.includes('../'))
      report.intended.push('no path leads out of the gadget');
    else if (ours.code === 'not-supported') report.notBuilt.push(ours.message.replace(/.*: /, ''));
    else differs('error', problem, ours.message);
    return report;
  }
  if (snapd['error'] !== null) {
    differs('error', problem, null);
    return report;
  }
  if (problem !== null) report.notBuilt.push('what a model allows');
  for (const part of OTHER_PARTS) if (!isBare(snapd[part])) report.notBuilt.push(part);
  const rows = rowsOf(ours);
  for (const [what, theirs] of snapdRows(snapd)) {
    const own = rows.get(what);
    if (theirs instanceof NotComparable && (!theirs.isOnPurpose || isDeepStrictEqual(own, []))) {
      report[theirs.isOnPurpose ? 'intended' : 'notBuilt'].push(theirs.why);
      continue;
    }
    if (isDeepStrictEqual(theirs, own)) report.equal += 1;
    else differs(what, theirs, own);
  }
  return report;
}

function read(yaml: string): Gadget | GadgetError {
  try {
    return parseGadget(yaml);
  } catch (error) {
    if (error instanceof GadgetError) return error;
    throw error;
  }
}

/** Nothing is said in it. */
function isBare(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.values(value).every(isBare);
}

/** One row for each volume, each structure and each place, by snapd's names. */
function* snapdRows(snapd: Json): Generator<[string, unknown]> {
  const layouts = record(snapd['layout'] ?? {}, 'layout');
  for (const [name, value] of Object.entries(record(snapd['volumes'] ?? {}, 'volumes'))) {
    const { structure, partial: _, ...volume } = record(value, name);
    yield [name, volume];
    for (const [at, one] of list(structure ?? [], name).entries()) {
      const { offset: __, has_filesystem: ___, ...rest } = record(one, name);
      yield [`${name}[${at}]`, { ...rest, content: list(rest['content'] ?? [], name).map(contentOfSnapd) }];
    }
    const layout = record(layouts[name] ?? {}, `layout ${name}`);
    const places = list(layout['structures'] ?? [], name).map((one) => record(one, name));
    const laid = places.map((one) => [one['yaml_index'], one['start_offset'], one['size']]);
    const none = noPlaces(layout['error'] ?? null);
    yield [`${name} places`, none === undefined ? laid : none];
  }
}

class NotComparable {
  readonly why: string;
  readonly isOnPurpose: boolean;

  constructor(why: string, isOnPurpose: boolean) {
    this.why = why;
    this.isOnPurpose = isOnPurpose;
  }
}

/** Why snapd has no places; `null` where the places themselves are at fault, and `undefined` where nothing is. */
function noPlaces(error: unknown): NotComparable | null | undefined {
  if (error === null) return undefined;
  const why = String(error);
  if (/no disk structures provided$/.test(why)) return new NotComparable('a volume without structures is empty', true);
  return /content|kernel ref/.test(why) ? new NotComparable('layout of content', false) : null;
}

function contentOfSnapd(value: unknown): unknown {
  const { unpack: _, ...content } = record(value, 'content');
  return content;
}

function rowsOf({ volumes }: Gadget): ReadonlyMap<string, unknown> {
  const rows = new Map<string, unknown>();
  for (const volume of volumes.values()) {
    const { name, schema, bootloader = '', id = '' } = volume;
    rows.set(name, { name, schema, bootloader, id });
    volume.structures.forEach((structure, at) => void rows.set(`${name}[${at}]`, structureOf(structure)));
    rows.set(`${name} places`, placesOf(volume));
  }
  return rows;
}

function placesOf(volume: Volume): unknown {
  try {
    return layoutVolume(volume).structures.map(({ structure, start }) => [structure.index, start, structure.size]);
  } catch (error) {
    if (error instanceof GadgetError) return null;
    throw error;
  }
}

function structureOf(structure: Structure): unknown {
  const {
    content,
    filesystem = '',
    label = '',
    id = '',
    index,
    minSize,
    name,
    role = '',
    size,
    type,
    update,
  } = structure;
  return {
    content: content.map(contentOf),
    filesystem,
    filesystem_label: label,
    id,
    is_partition: isPartition(structure),
    min_size: minSize,
    name,
    offset_write: offsetWriteOf(structure.offsetWrite),
    role,
    size,
    type,
    update,
    yaml_index: index,
  };
}

function contentOf(content: Content): unknown {
  if (content.kind === 'file') return { ...NO_CONTENT, source: content.source, target: content.target };
  return { ...NO_CONTENT, image: content.image, offset: content.offset ?? null, size: content.size ?? 0 };
}

const NO_CONTENT = { image: '', offset: null, size: 0, source: '', target: '' };

/** `mbr+92` or `92`. */
function offsetWriteOf(text: string | undefined): unknown {
  if (text === undefined) return null;
  const at = text.indexOf('+');
  return { relative_to: at < 0 ? '' : text.slice(0, at), offset: Number(text.slice(at + 1)) };
}
