import { parseGadgetDocument } from './document.ts';
import { GadgetError } from './error.ts';
import { Fields, oneOf } from './guard.ts';
import { BOOTLOADERS, type Gadget, isPartition, type Role, SCHEMAS, type Structure, type Volume } from './model.ts';
import { parseStructure } from './structure.ts';

const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9-]+$/;

/** Bytes of UTF-16 that a GPT entry has for the name of a partition. */
const MAX_GPT_NAME_CHARS = 36;

/** A volume may hold each of these once only. */
const UNIQUE_ROLES: readonly Role[] = [
  'system-seed',
  'system-seed-null',
  'system-boot',
  'system-data',
  'system-save',
  'system-boot-state',
];

function checkUnique(structures: readonly Structure[], path: string): void {
  const names = new Set<string>();
  const labels = new Set<string>();
  for (const structure of structures) {
    const at = `${path}.structure[${structure.index}]`;
    if (structure.name !== '' && names.has(structure.name))
      throw new GadgetError('duplicate', `${at}.name`, `structure name "${structure.name}" is not unique`);
    names.add(structure.name);
    const label = structure.label?.toLowerCase();
    if (label === undefined) continue;
    if (labels.has(label))
      throw new GadgetError(
        'duplicate',
        `${at}.filesystem-label`,
        `filesystem label "${structure.label}" is not unique`,
      );
    labels.add(label);
  }
}

function parseVolume(name: string, volumes: Fields): Volume {
  const path = volumes.at(name);
  if (!VOLUME_NAME.test(name)) throw new GadgetError('bad-name', path, `invalid volume name "${name.slice(0, 40)}"`);
  const fields = volumes.map(name);
  if (fields === undefined) throw new GadgetError('missing', path, 'volume is empty');
  for (const [key, value] of [
    ['partial', 'partial'],
    ['schema', 'emmc'],
  ] as const)
    if (fields.has(key) && (key === 'partial' || fields.text(key) === value))
      throw new GadgetError('not-supported', fields.at(key), `${value} volumes are not supported yet`);
  const schema = oneOf(fields.text('schema') ?? 'gpt', SCHEMAS, fields.at('schema'));
  const bootloader = fields.text('bootloader');
  if (bootloader === 'piboot')
    throw new GadgetError('conflict', fields.at('bootloader'), 'piboot bootloader valid only for UC20 onwards');
  const structures = fields
    .list('structure')
    .map(({ value, path: at }, index) => parseStructure(value, index, schema, at));
  checkUnique(structures, path);
  for (const { index, name: part } of schema === 'gpt' ? structures.filter(isPartition) : [])
    if (part.length > MAX_GPT_NAME_CHARS)
      throw new GadgetError(
        'bad-name',
        `${path}.structure[${index}].name`,
        `is longer than ${MAX_GPT_NAME_CHARS} characters`,
      );
  return {
    name,
    schema,
    bootloader: bootloader === undefined ? undefined : oneOf(bootloader, BOOTLOADERS, fields.at('bootloader')),
    id: fields.text('id'),
    structures,
  };
}

function checkRoles(volumes: readonly Volume[]): void {
  const all = volumes.flatMap((volume) => volume.structures);
  for (const role of UNIQUE_ROLES)
    if (all.filter((structure) => structure.role === role).length > 1)
      throw new GadgetError('duplicate', 'volumes', `cannot have more than one partition with ${role} role`);
  const loaders = volumes.filter((volume) => volume.bootloader !== undefined).length;
  if (loaders === 0) throw new GadgetError('missing', 'volumes', 'bootloader not declared in any volume');
  if (loaders > 1) throw new GadgetError('conflict', 'volumes', `too many (${loaders}) bootloaders declared`);
}

/**
 * Reads a gadget.yaml (schema: snapd's, for models without grade).
 * @throws GadgetError naming the part that is wrong
 */
export function parseGadget(text: string): Gadget {
  const volumes = new Fields(parseGadgetDocument(text), '').map('volumes');
  if (volumes === undefined) throw new GadgetError('missing', 'volumes', 'missing volumes');
  const parsed = volumes.keys().map((name) => parseVolume(name, volumes));
  checkRoles(parsed);
  return { volumes: new Map(parsed.map((volume) => [volume.name, volume])) };
}
