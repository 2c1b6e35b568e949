import { parseContent } from './content.ts';
import { GadgetError } from './error.ts';
import { Fields, oneOf } from './guard.ts';
import { FILESYSTEMS, type Filesystem, ROLES, type Role, type Schema, type Structure } from './model.ts';
import { parseSize } from './size.ts';

const GUID = /^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$/i;
const MBR_TYPE = /^[0-9A-F]{2}$/i;
const UBOOT_ENV_GUID = '3DE21764-95BD-54BD-A5C3-4ABE786F38A8';
const MIB = 2 ** 20;

/** Boot code before the first partition ends where the partition table begins. */
const MAX_BOOT_CODE_BYTES = 446;

function checkType(type: string, schema: Schema, path: string): void {
  if (type === 'bare' || type === 'mbr') return;
  const parts = type.split(',');
  const [first = '', second] = parts;
  const hybrid = parts.length === 2 && MBR_TYPE.test(first) && GUID.test(second ?? '');
  if (!hybrid && !(parts.length === 1 && (GUID.test(first) || MBR_TYPE.test(first))))
    throw new GadgetError('bad-value', path, `invalid type "${type.slice(0, 60)}": bare, mbr, XX, a GUID or XX,GUID`);
  if (hybrid) return;
  if (GUID.test(type) && schema !== 'gpt')
    throw new GadgetError('conflict', path, `GUID structure type with non-GPT schema "${schema}"`);
  if (MBR_TYPE.test(type) && schema !== 'mbr')
    throw new GadgetError('conflict', path, `MBR structure type with non-MBR schema "${schema}"`);
}

/** Roles that the format implies: type `mbr` is the boot code; on models without grade a label says which one boots. */
function roleOf(fields: Fields, type: string, label: string | undefined): Role | undefined {
  const written = fields.text('role');
  if (written !== undefined) return oneOf(written, ROLES, fields.at('role'));
  if (type === 'mbr') return 'mbr';
  return label === 'system-boot' && type !== 'bare' ? 'system-boot' : undefined;
}

function filesystemOf(fields: Fields): Filesystem | undefined {
  const written = oneOf(fields.text('filesystem') ?? 'none', FILESYSTEMS, fields.at('filesystem'));
  return written === 'none' ? undefined : written;
}

function checkRole(s: Structure, path: string): void {
  const conflict = (key: string, problem: string): never => {
    throw new GadgetError('conflict', `${path}.${key}`, problem);
  };
  if ((s.type === 'bare' || s.type === 'mbr') && s.role !== undefined && s.role !== 'mbr')
    conflict('role', `role "${s.role}" with conflicting type: "${s.type}"`);
  if (s.role === 'mbr') {
    if (s.size > MAX_BOOT_CODE_BYTES)
      conflict('size', `mbr structures cannot be larger than ${MAX_BOOT_CODE_BYTES} bytes`);
    if (s.offset !== undefined && s.offset !== 0) conflict('offset', 'mbr structure must start at offset 0');
    if (s.id !== undefined) conflict('id', 'mbr structure must not specify partition ID');
    if (s.filesystem !== undefined) conflict('filesystem', 'mbr structures must not specify a file system');
  }
  if (s.role === 'system-boot-state') {
    if (s.offset === undefined) conflict('offset', 'a system-boot-state structure needs an explicit offset');
    if (s.size < MIB) conflict('size', 'a system-boot-state structure needs at least 1 MiB');
    if (s.minSize !== s.size) conflict('min-size', 'a system-boot-state structure has one size');
    if (s.filesystem !== undefined) conflict('filesystem', 'a system-boot-state structure has no file system');
    if (s.type.toUpperCase() !== UBOOT_ENV_GUID)
      conflict('type', `a system-boot-state structure has type ${UBOOT_ENV_GUID}`);
  }
}

function updateOf(fields: Fields, filesystem: Filesystem | undefined): Structure['update'] {
  const update = fields.map('update');
  if (update === undefined) return { edition: 0, preserve: [] };
  const edition = update.text('edition') ?? '0';
  if (!/^[0-9]{1,10}$/.test(edition) || Number(edition) > 0xffffffff)
    throw new GadgetError(
      'bad-value',
      update.at('edition'),
      `"${edition.slice(0, 40)}" is not an unsigned 32-bit number`,
    );
  const preserve = update.texts('preserve');
  if (preserve.length > 0 && filesystem === undefined)
    throw new GadgetError('conflict', update.at('preserve'), 'only file systems can preserve files during an update');
  const twice = preserve.find((entry, index) => preserve.indexOf(entry) !== index);
  if (twice !== undefined)
    throw new GadgetError('duplicate', update.at('preserve'), `duplicate "preserve" entry "${twice}"`);
  return { edition: Number(edition), preserve };
}

/**
 * One structure of a volume with what snapd implies for a model without grade (gadget.md §3) and the rules that need nothing
 * but the structure itself (§4).
 * @throws GadgetError
 */
export function parseStructure(value: unknown, index: number, schema: Schema, path: string): Structure {
  const fields = new Fields(value, path);
  const type = fields.need('type');
  checkType(type, schema, fields.at('type'));
  const size = parseSize(fields.need('size'), fields.at('size'));
  const minSize = fields.has('min-size') ? parseSize(fields.need('min-size'), fields.at('min-size')) : size;
  if (minSize > size)
    throw new GadgetError('conflict', fields.at('min-size'), `min-size (${minSize}) is bigger than size (${size})`);
  const filesystem = filesystemOf(fields);
  const written = fields.text('filesystem-label');
  const role = roleOf(fields, type, written);
  const id = fields.text('id');
  if (id !== undefined && !GUID.test(id)) throw new GadgetError('bad-value', fields.at('id'), 'is not a GUID');
  const structure: Structure = {
    index,
    name: fields.text('name') ?? '',
    type,
    role,
    size,
    minSize,
    offset: fields.has('offset') ? parseSize(fields.need('offset'), fields.at('offset')) : undefined,
    offsetWrite: fields.text('offset-write'),
    id,
    filesystem,
    label: written ?? (role === 'system-data' ? 'writable' : undefined),
    content: parseContent(fields, filesystem !== undefined),
    update: updateOf(fields, filesystem),
  };
  checkRole(structure, path);
  return structure;
}
