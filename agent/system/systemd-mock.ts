/**
 * For tests: a private message bus (dbus-daemon of its own) and on it the parts of org.freedesktop.systemd1 and login1 that
 * the agent calls, played from a FakeSystemd. The signatures are those of org.freedesktop.systemd1(5) and login1(5) of
 * systemd 252; a call with another one is refused, as the real ones do.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Message, type MessageBus, sessionBus, Variant } from 'dbus-next';
import type { UnitDetails } from './systemd.ts';
import { SystemdError } from './systemd-error.ts';
import type { FakeSystemd } from './systemd-fake.ts';

export interface PrivateBus {
  readonly address: string;
  /** Ends the daemon and removes its files. */
  stop(): Promise<void>;
}

/** A folder short enough for the path of a socket. */
export function busFolder(): string {
  return mkdtempSync(join(tmpdir(), 'hf-bus-'));
}

/** Starts a dbus-daemon on a socket in `folder`, which it removes when it is stopped. The address follows from the folder. */
export async function privateBus(folder = busFolder()): Promise<PrivateBus> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'bus.conf');
  const policy =
    '<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>';
  const listen = `<type>system</type><listen>unix:path=${folder}/bus</listen>`;
  writeFileSync(config, `<busconfig>${listen}${policy}</busconfig>`);
  const args = [`--config-file=${config}`, '--nofork', '--nopidfile', '--print-address'];
  const daemon = spawn('dbus-daemon', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(daemon, 'close');
  const started = Promise.withResolvers<string>();
  daemon.once('error', (error) =>
    started.reject(new Error(`cannot start dbus-daemon: apt install dbus-daemon`, { cause: error })),
  );
  ended.then(() => started.reject(new Error('dbus-daemon has ended'))).catch(() => {});
  createInterface({ input: daemon.stdout }).once('line', started.resolve);
  return {
    address: await started.promise,
    async stop() {
      daemon.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Answer = readonly [signature: string, ...body: readonly unknown[]];
type Method = readonly [signature: string, answer: (body: readonly unknown[]) => Answer | Promise<Answer>];

const UNIT_PATH = '/org/freedesktop/systemd1/unit/';
const ERRORS: Readonly<Record<SystemdError['code'], string>> = {
  'no-such-unit': 'org.freedesktop.systemd1.NoSuchUnit',
  refused: 'org.freedesktop.DBus.Error.AccessDenied',
  failed: 'org.freedesktop.systemd1.TransactionIsDestructive',
  unavailable: 'org.freedesktop.DBus.Error.NoReply',
  timeout: 'org.freedesktop.DBus.Error.Timeout',
};

/** systemd's escaping of a unit's name in its object path. */
function escaped(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, (c) => `_${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function unescaped(path: string): string {
  return path
    .slice(UNIT_PATH.length)
    .replace(/_([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function properties(unit: UnitDetails, id: string): Readonly<Record<string, Variant>> {
  const { service } = unit;
  return {
    'Unit.Id': new Variant('s', id),
    'Unit.LoadState': new Variant('s', unit.loadState),
    'Unit.ActiveState': new Variant('s', unit.activeState),
    'Unit.SubState': new Variant('s', unit.subState),
    'Unit.TriggeredBy': new Variant('as', [...unit.triggeredBy]),
    ...(service !== undefined && {
      'Service.Type': new Variant('s', service.type),
      'Service.Result': new Variant('s', service.result),
      'Service.NRestarts': new Variant('u', service.restarts),
      'Service.MainPID': new Variant('u', service.mainPid),
    }),
  };
}

/** Plays systemd and logind on a bus from what `fake` holds. `early` sends JobRemoved before the answer to the call. */
export async function mockSystemd(
  address: string,
  fake: FakeSystemd,
  options: { readonly early?: boolean } = {},
): Promise<MessageBus> {
  const bus = sessionBus({ busAddress: address });
  let jobs = 0;
  let subscribed = false;

  const job = async (member: 'startUnit' | 'stopUnit', body: readonly unknown[]): Promise<Answer> => {
    const [unit, mode] = body.map(String);
    if (mode !== 'replace') throw new Error(`unexpected mode ${mode}`);
    const result = await fake[member](unit ?? '');
    const path = `/org/freedesktop/systemd1/job/${++jobs}`;
    const ended = [jobs, path, unit, result];
    const signal = Message.newSignal(
      '/org/freedesktop/systemd1',
      'org.freedesktop.systemd1.Manager',
      'JobRemoved',
      'uoss',
      ended,
    );
    const send = (): void => {
      if (subscribed) bus.send(signal);
    };
    if (options.early) send();
    else setImmediate(send);
    return ['o', path];
  };

  const property = async (path: string, body: readonly unknown[]): Promise<Answer> => {
    const [of, name] = body.map(String);
    if (of === 'org.freedesktop.systemd1.Manager' && name === 'SystemState') {
      return ['v', new Variant('s', await fake.systemState())];
    }
    if (of === 'org.freedesktop.systemd1.Manager' && name === 'UserspaceTimestampMonotonic') {
      return ['v', new Variant('t', BigInt((await fake.startedSeconds()) * 1_000_000))];
    }
    const asked = unescaped(path);
    const id = asked === 'default.target' ? fake.target : asked;
    const found = properties(await fake.unitState(id), id)[`${of?.split('.').at(-1)}.${name}`];
    if (found === undefined) throw new Error(`no property ${of}.${name} of ${path}`);
    return ['v', found];
  };

  const set = async ([of, name, value]: readonly unknown[]): Promise<Answer> => {
    if (
      !(value instanceof Variant) ||
      `${of} ${name} ${value.signature}` !== 'org.freedesktop.systemd1.Manager RuntimeWatchdogUSec t'
    ) {
      throw new Error(`unexpected Set ${of} ${name}`);
    }
    await fake.setRuntimeWatchdog(Number(value.value));
    return [''];
  };

  const methods = (path: string): Readonly<Record<string, Method>> => ({
    'systemd1.Manager.LoadUnit': ['s', ([name]) => ['o', UNIT_PATH + escaped(String(name))]],
    'systemd1.Manager.ListUnitsByPatterns': [
      'asas',
      async ([states, patterns]) => [
        'a(ssssssouso)',
        (await fake.listUnits({ states: strings(states), patterns: strings(patterns) })).map(
          ({ name, loadState, activeState, subState }) => {
            return [name, 'a description', loadState, activeState, subState, '', UNIT_PATH + escaped(name), 0, '', '/'];
          },
        ),
      ],
    ],
    'systemd1.Manager.ListJobs': [
      '',
      async () => [
        'a(usssoo)',
        (await fake.jobs()).map(({ id, unit, type, state }) => [
          id,
          unit,
          type,
          state,
          `/job/${id}`,
          UNIT_PATH + escaped(unit),
        ]),
      ],
    ],
    'systemd1.Manager.StartUnit': ['ss', async (body) => await job('startUnit', body)],
    'systemd1.Manager.StopUnit': ['ss', async (body) => await job('stopUnit', body)],
    'systemd1.Manager.KillUnit': [
      'ssi',
      async ([name, whom, signal]) => {
        if (whom !== 'main' && whom !== 'all') throw new Error(`unexpected whom ${whom}`);
        await fake.killUnit(String(name), whom, Number(signal));
        return [''];
      },
    ],
    'systemd1.Manager.ResetFailedUnit': [
      's',
      async ([name]) => {
        await fake.resetFailed(String(name));
        return [''];
      },
    ],
    'systemd1.Manager.Subscribe': [
      '',
      () => {
        if (subscribed) throw new Error('subscribed already');
        subscribed = true;
        return [''];
      },
    ],
    'systemd1.Manager.Reload': [
      '',
      async () => {
        await fake.reload();
        return [''];
      },
    ],
    'DBus.Properties.Get': ['ss', async (body) => await property(path, body)],
    'DBus.Properties.Set': ['ssv', set],
    'login1.Manager.Reboot': [
      'b',
      async ([interactive]) => {
        if (interactive !== false) throw new Error('nobody is there to answer');
        await fake.reboot();
        return [''];
      },
    ],
  });

  const answer = async (call: Message): Promise<Message> => {
    const method = methods(call.path)[`${call.interface.replace('org.freedesktop.', '')}.${call.member}`];
    const refuse = (name: string, text: string): Message => Message.newError(call as unknown as string, name, text);
    if (method === undefined)
      return refuse('org.freedesktop.DBus.Error.UnknownMethod', `no ${call.interface}.${call.member}`);
    const [signature, run] = method;
    if ((call.signature ?? '') !== signature)
      return refuse('org.freedesktop.DBus.Error.InvalidArgs', `${call.signature} for ${signature}`);
    try {
      const [out, ...body] = await run(call.body);
      return Message.newMethodReturn(call, out, body);
    } catch (error) {
      if (error instanceof SystemdError) return refuse(ERRORS[error.code], error.message);
      return refuse('org.freedesktop.DBus.Error.InvalidArgs', String(error));
    }
  };

  bus.addMethodHandler((call: Message) => {
    answer(call)
      .then((message) => bus.send(message))
      .catch(() => bus.disconnect());
    return true;
  });
  await bus.requestName('org.freedesktop.systemd1', 0);
  await bus.requestName('org.freedesktop.login1', 0);
  return bus;
}
