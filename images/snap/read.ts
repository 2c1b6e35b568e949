import { bindSnap } from './bind/bind.ts';
import type { Draft } from './bind/draft.ts';
import { appOf, componentsOf, endsOf, hooksOf } from './bind/finish.ts';
import { layoutOf } from './bind/layout.ts';
import { usernamesOf } from './bind/usernames.ts';
import { SnapError } from './error.ts';
import { sanitize } from './interfaces/check.ts';
import type { SnapInfo } from './model.ts';
import { quote } from './quote.ts';
import { document, type SnapDocument } from './schema/document.ts';
import { checkLinksKey } from './validate/links.ts';
import { decodeYaml } from './yaml/decode.ts';
import { YamlError } from './yaml/error.ts';
import { yamlTextOf } from './yaml/utf8.ts';

/**
 * Reads a snap.yaml: all its values are of the right form, plugs and slots are bound, and those that their
 * interfaces refuse are left out. What the values are is checked by `validateSnap`. Throws a SnapError with snapd's message.
 */
export function readSnapYaml(given: string | Uint8Array): SnapInfo {
  const yaml = readDocument(given);
  const draft = bindSnap(yaml);
  const legacyAliases = aliasesOf(draft);
  const layout = new Map([...yaml.layout].map(([path, given]) => [path, layoutOf(path, given)]));
  const badInterfaces = sanitize(draft);
  const systemUsernames = usernamesOf(yaml);
  for (const key of yaml.links.keys()) checkLinksKey(key);
  return {
    name: yaml.name,
    version: yaml.version,
    type: draft.type,
    architectures: yaml.architectures.length === 0 ? ['all'] : yaml.architectures,
    base: yaml.base || undefined,
    epoch: yaml.epoch,
    confinement: yaml.confinement || 'strict',
    grade: ['', 'stable'].includes(yaml.grade) ? 'stable' : 'devel',
    title: yaml.title,
    summary: yaml.summary,
    description: yaml.description,
    license: yaml.license,
    provenance: yaml.provenance,
    assumes: [...yaml.assumes].sort(),
    environment: yaml.environment,
    apps: new Map([...draft.apps].map(([name, app]) => [name, appOf(name, app)])),
    hooks: hooksOf(draft.hooks),
    plugs: endsOf(draft, 'plugs'),
    slots: endsOf(draft, 'slots'),
    layout,
    systemUsernames,
    links: yaml.links,
    components: componentsOf(draft),
    legacyAliases,
    badInterfaces,
  };
}

/** Largest meta/snap.yaml that is read. */
export const MAX_SNAP_YAML_BYTES = 512 * 1024;

/** YAML of the right form. Throws a SnapError. */
export function readDocument(yaml: string | Uint8Array): SnapDocument {
  const bytes = typeof yaml === 'string' ? Buffer.byteLength(yaml) : yaml.length;
  if (bytes > MAX_SNAP_YAML_BYTES) throw tooLarge();
  const message = (error: Error): string => `cannot parse snap.yaml: ${error.message}`;
  try {
    return decodeYaml(typeof yaml === 'string' ? yaml : yamlTextOf(yaml), document);
  } catch (error) {
    if (error instanceof YamlError) throw new SnapError('bad-metadata', message(error), { cause: error });
    if (error instanceof SnapError) throw new SnapError(error.code, message(error), { cause: error });
    throw error;
  }
}

function aliasesOf({ apps }: Draft): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const [name, { yaml }] of apps) {
    for (const alias of yaml.aliases) {
      const other = all.get(alias);
      if (other !== undefined) {
        throw new SnapError(
          'bad-alias',
          `cannot set ${quote(alias)} as alias for both ${quote(other)} and ${quote(name)}`,
        );
      }
      all.set(alias, name);
    }
  }
  return all;
}

export function tooLarge(cause?: unknown): SnapError {
  return new SnapError('metadata-too-large', 'cannot use snap: its meta/snap.yaml is larger than 512 KiB', { cause });
}
