/** What was bound, as the plain data that a snap is to others. */
import type { App, Component, Hook, Plug, Socket } from '../model.ts';
import { attributesOf } from './attributes.ts';
import type { Draft, DraftApp, DraftHook, End } from './draft.ts';

export function appOf(name: string, { yaml, scope, plugs, slots, activatesOn }: DraftApp): App {
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

export function hooksOf(hooks: ReadonlyMap<string, DraftHook>): ReadonlyMap<string, Hook> {
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

export function endsOf(draft: Draft, side: 'plugs' | 'slots'): ReadonlyMap<string, Plug> {
  const boundTo = (all: ReadonlyMap<string, DraftApp | DraftHook>, name: string): string[] =>
    [...all]
      .filter(([, bound]) => bound[side].has(name))
      .map(([key]) => key)
      .sort();
  const endOf = (end: End): Plug => ({
    name: end.name,
    interface: end.interface,
    label: end.label,
    attrs: attributesOf(end.attrs),
    unscoped: !end.scoped,
    apps: boundTo(draft.apps, end.name),
    hooks: boundTo(draft.hooks, end.name),
  });
  return new Map([...draft[side]].map(([name, end]) => [name, endOf(end)]));
}

export function componentsOf({ document: { components }, componentHooks }: Draft): ReadonlyMap<string, Component> {
  return new Map(
    [...components].map(([name, { type, summary, description }]) => [
      name,
      { name, type, summary, description, hooks: hooksOf(componentHooks.get(name) ?? new Map()) },
    ]),
  );
}
