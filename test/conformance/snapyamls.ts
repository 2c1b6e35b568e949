/** snap.yaml files: every field, plugs and slots as bound, and what is wrong with them. */
import { isDeepStrictEqual } from 'node:util';
import { bindSnap } from '../../images/snap/bind/bind.ts';
import { formatDuration } from '../../images/snap/duration.ts';
import { formatEpoch } from '../../images/snap/epoch.ts';
import type { App, Hook, Layout, Plug, SnapInfo } from '../../images/snap/model.ts';
import { readDocument, readSnapYaml } from '../../images/snap/read.ts';
import { sortServices } from '../../images/snap/services.ts';
import { validateSnap } from '../../images/snap/validate/validate.ts';
import { answerIn, bytesIn, type Json, namesIn, record } from './json.ts';
import type { CaseReport, Kind } from './kind.ts';

export const snapYamls: Kind = {
  name: 'snapyamls',
  path: 'snapyamls',
  *run(corpus) {
    for (const name of namesIn(corpus, 'snapyamls')) yield reportOf(corpus, name);
  },
};

function reportOf(corpus: string, name: string): CaseReport {
  const answer = answerIn(corpus, 'snapyamls', `${name}.json`);
  const wanted = flatten(record(answer['result'], name));
  const given = flatten(answerTo(bytesIn(corpus, `snapyamls/${name}`)));
  const keys = [...new Set([...wanted.keys(), ...given.keys()])];
  const unmatched = keys.filter((key) => !isDeepStrictEqual(wanted.get(key), given.get(key)));
  const unmatchedText = (key: string): string =>
    `${key}: snapd ${JSON.stringify(wanted.get(key))}, ours ${JSON.stringify(given.get(key))}`;
  return {
    name,
    equal: keys.length - unmatched.length,
    intended: [],
    unmatched: unmatched.map(unmatchedText),
    notBuilt: [],
  };
}

/** Each answer by its path, the parts of maps apart. */
function flatten(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, value]]);
  const entries = Object.entries(value);
  if (entries.length === 0) return new Map([[path, value]]);
  return new Map(entries.flatMap(([key, of]) => [...flatten(of, path === '' ? key : `${path}.${key}`)]));
}

function messageOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function answerTo(yaml: Uint8Array): Json {
  const error = messageOf(() => readSnapYaml(yaml));
  if (error !== null) return { error };
  const info = readSnapYaml(yaml);
  const { plugs, slots } = bindSnap(readDocument(yaml));
  return {
    error,
    info: infoOf(info),
    unsanitized: { plugs: [...plugs.keys()].sort(), slots: [...slots.keys()].sort() },
    validate: messageOf(() => validateSnap(info)),
  };
}

function mapOf<T>(map: ReadonlyMap<string, T>, of: (value: T, key: string) => unknown): Json {
  return Object.fromEntries([...map].map(([key, value]) => [key, of(value, key)]));
}

function infoOf(info: SnapInfo): Json {
  return {
    apps: mapOf(info.apps, (app) => appOf(app, info.name)),
    architectures: info.architectures,
    assumes: info.assumes,
    bad_interfaces: Object.fromEntries(info.badInterfaces),
    base: info.base ?? '',
    common_ids: [...info.apps.values()].flatMap(({ commonId }) => (commonId === '' ? [] : [commonId])).sort(),
    components: mapOf(info.components, ({ type, summary, description, hooks }) => ({
      type,
      summary,
      description,
      hooks: [...hooks.keys()].sort(),
    })),
    confinement: info.confinement,
    constrained_services: [...info.apps.values()]
      .filter(({ daemon, after, before }) => daemon !== '' && after.length + before.length > 0)
      .map(({ name }) => name)
      .sort(),
    description: info.description,
    effective_type: info.type,
    environment: info.environment,
    epoch: { read: info.epoch.read, write: info.epoch.write, string: formatEpoch(info.epoch) },
    hooks: mapOf(info.hooks, (hook) => hookOf(hook, info.name)),
    layout: mapOf(info.layout, layoutOf),
    legacy_aliases: Object.fromEntries(info.legacyAliases),
    license: info.license,
    license_agreement: '',
    license_version: '',
    links: mapOf(info.links, (links) => links),
    name: info.name,
    plugs: mapOf(info.plugs, endOf),
    provenance: info.provenance,
    slots: mapOf(info.slots, endOf),
    sort_services_error: messageOf(() => sortServices(info)),
    summary: info.summary,
    system_usernames: mapOf(info.systemUsernames, ({ scope, attrs }) => ({ scope, attrs })),
    title: info.title,
    type: info.type,
    version: info.version,
  };
}

function appOf(app: App, snap: string): Json {
  return {
    activates_on: app.activatesOn,
    after: app.after,
    aliases: app.aliases,
    autostart: app.autostart,
    before: app.before,
    bus_name: app.busName,
    command: app.command,
    command_chain: app.commandChain,
    common_id: app.commonId,
    completer: app.completer,
    daemon: app.daemon,
    daemon_scope: app.daemonScope,
    environment: app.environment,
    install_mode: app.installMode,
    is_service: app.daemon !== '',
    name: app.name,
    plugs: app.plugs,
    post_stop_command: app.postStopCommand,
    refresh_mode: app.refreshMode,
    reload_command: app.reloadCommand,
    restart_condition: app.restartCondition,
    restart_delay: formatDuration(app.restartDelay),
    security_tag: `snap.${snap}.${app.name}`,
    ...(app.daemon === '' ? {} : { service_name: `snap.${snap}.${app.name}.service` }),
    slots: app.slots,
    sockets: mapOf(app.sockets, ({ listenStream, mode }) => ({
      listen_stream: listenStream,
      socket_mode: octal(mode),
    })),
    start_timeout: formatDuration(app.startTimeout),
    stop_command: app.stopCommand,
    stop_mode: app.stopMode,
    stop_timeout: formatDuration(app.stopTimeout),
    timer: app.timer === '' ? null : app.timer,
    watchdog_timeout: formatDuration(app.watchdogTimeout),
  };
}

function octal(mode: number): string {
  return mode === 0 ? '0' : `0${mode.toString(8)}`;
}

function hookOf({ name, commandChain, environment, plugs, slots }: Hook, snap: string): Json {
  const security_tag = `snap.${snap}.hook.${name}`;
  return { command_chain: commandChain, environment, explicit: true, plugs, security_tag, slots };
}

function layoutOf({ bind, bindFile, group, mode, path, symlink, type, user }: Layout): Json {
  return { bind, bind_file: bindFile, group, mode: octal(mode), path, symlink, type, user };
}

function endOf({ apps, attrs, hooks, interface: name, label }: Plug): Json {
  return { apps, attrs, hooks, interface: name, label };
}
