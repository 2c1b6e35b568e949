import { attributesOf, normalize } from './bind/attributes.ts';
import { bindSnap } from './bind/bind.ts';
import type { Draft, DraftApp, DraftHook, End } from './bind/draft.ts';
import { SnapError } from './error.ts';
import { sanitize } from './interfaces/check.ts';
import type { App, Attributes, Component, Hook, Layout, Plug, SnapInfo, Socket, SystemUsername } from './model.ts';
import { quote } from './quote.ts';
import { document, type LayoutYaml, type SnapDocument } from './schema/document.ts';
import { checkLinksKey } from './validate/links.ts';
import { decodeYaml } from './yaml/decode.ts';
import { YamlError } from './yaml/error.ts';
import { type GoMap, type GoValue, goTypeOf } from './yaml/value.ts';

const DEFAULT_MODE = 0o755;

/**
 * Reads the text of a snap.yaml: all its values are of the right form, plugs and slots are bound, and those that their
 * interfaces refuse are left out. What the values are is checked by `validateSnap`. Throws a SnapError with snapd's message.
 */
export function readSnapYaml(text: string): SnapInfo {
  const yaml = readDocument(text);
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

/** The text as YAML of the right form. Throws a SnapError. */
export function readDocument(text: string): SnapDocument {
  const message = (error: Error): string => `cannot parse snap.yaml: ${error.message}`;
  try {
    return decodeYaml(text, document);
  } catch (error) {
    if (error instanceof YamlError) throw new SnapError('bad-metadata', message(error), { cause: error });
    if (error instanceof SnapError) throw new SnapError(error.code, message(error), { cause: error });
    throw error;
  }
}

function layoutOf(path: string, given: LayoutYaml): Layout {
  return {
    path,
    bind: given.bind,
    bindFile: given['bind-file'],
    symlink: given.symlink,
    type: given.type,
    user: given.user || 'root',
    group: given.group || 'root',
    mode: given.mode === '' ? DEFAULT_MODE : parseMode(given.mode),
  };
}

function parseMode(text: string): number {
  const mode = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  if (mode < 2 ** 32) return mode;
  const why = Number.isNaN(mode) ? 'invalid syntax' : 'value out of range';
  throw new SnapError('bad-layout', `strconv.ParseUint: parsing ${quote(text)}: ${why}`);
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

function usernamesOf(yaml: SnapDocument): ReadonlyMap<string, SystemUsername> {
  const bad = (message: string): SnapError => new SnapError('bad-system-username', message);
  const all = new Map<string, SystemUsername>();
  for (const [name, data] of yaml['system-usernames']) {
    if (name === '') throw bad('system username cannot be empty');
    const called = `system username ${quote(name)}`;
    const { scope, attrs } = usernameOf(data, called, bad);
    if (scope === '') throw bad(`${called} does not specify a scope`);
    all.set(name, { scope, attrs });
  }
  return all;
}

function usernameOf(data: GoValue, called: string, bad: (message: string) => SnapError): SystemUsername {
  if (data === null) return { scope: '', attrs: {} };
  if (typeof data === 'string') return { scope: data, attrs: {} };
  if (!(data instanceof Map)) throw bad(`${called} has malformed definition (found ${goTypeOf(data)})`);
  let scope = '';
  const attrs = new Map<string, GoValue>();
  for (const [key, value] of data as GoMap) {
    if (typeof key !== 'string') {
      throw bad(`${called} has attribute key that is not a string (found ${goTypeOf(key)})`);
    }
    if (key === '') throw bad(`${called} has an empty attribute key`);
    if (key === 'scope') {
      if (typeof value !== 'string') throw bad(`scope on ${called} is not a string (found ${goTypeOf(value)})`);
      scope = value;
      continue;
    }
    try {
      attrs.set(key, normalize(value));
    } catch (cause) {
      throw bad(`attribute ${quote(key)} of ${called}: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
  return { scope, attrs: attributesOf(attrs) };
}

function appOf(name: string, { yaml, scope, plugs, slots, activatesOn }: DraftApp): App {
  return {
    name,
    command: yaml.command,
    commandChain: yaml['command-chain'],
    aliases: yaml.aliases,
    commonId: yaml['common-id'],
    completer: yaml.completer,
    autostart: yaml.autostart,
    environment: yaml.environment,
    plugs: [...plugs].sort(),
    slots: [...slots].sort(),
    daemon: yaml.daemon,
    daemonScope: scope,
    stopCommand: yaml['stop-command'],
    reloadCommand: yaml['reload-command'],
    postStopCommand: yaml['post-stop-command'],
    stopTimeout: yaml['stop-timeout'],
    startTimeout: yaml['start-timeout'],
    watchdogTimeout: yaml['watchdog-timeout'],
    restartDelay: yaml['restart-delay'],
    restartCondition: yaml['restart-condition'],
    successExitStatus: yaml['success-exit-status'],
    stopMode: yaml['stop-mode'],
    refreshMode: yaml['refresh-mode'],
    installMode: yaml['install-mode'],
    after: yaml.after,
    before: yaml.before,
    busName: yaml['bus-name'],
    activatesOn,
    sockets: new Map(
      [...yaml.sockets].map(([socket, given]): [string, Socket] => [
        socket,
        { listenStream: given['listen-stream'], mode: given['socket-mode'] },
      ]),
    ),
    timer: yaml.timer,
  };
}

function hooksOf(hooks: ReadonlyMap<string, DraftHook>): ReadonlyMap<string, Hook> {
  return new Map(
    [...hooks].map(([name, { yaml, plugs, slots }]) => [
      name,
      {
        name,
        plugs: [...plugs].sort(),
        slots: [...slots].sort(),
        environment: yaml.environment,
        commandChain: yaml['command-chain'],
      },
    ]),
  );
}

function endsOf(draft: Draft, side: 'plugs' | 'slots'): ReadonlyMap<string, Plug> {
  const boundTo = (all: ReadonlyMap<string, DraftApp | DraftHook>, name: string): string[] =>
    [...all]
      .filter(([, bound]) => bound[side].has(name))
      .map(([key]) => key)
      .sort();
  const endOf = (end: End): Plug => ({
    name: end.name,
    interface: end.interface,
    label: end.label,
    attrs: attributesOf(end.attrs) as Attributes,
    unscoped: !end.scoped,
    apps: boundTo(draft.apps, end.name),
    hooks: boundTo(draft.hooks, end.name),
  });
  return new Map([...draft[side]].map(([name, end]) => [name, endOf(end)]));
}

function componentsOf({ document: { components }, componentHooks }: Draft): ReadonlyMap<string, Component> {
  return new Map(
    [...components].map(([name, { type, summary, description }]) => [
      name,
      { name, type, summary, description, hooks: hooksOf(componentHooks.get(name) ?? new Map()) },
    ]),
  );
}
