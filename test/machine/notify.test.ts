/**
 * `node-systemd-notify` against the device's systemd: a service tells what it is asked to tell, and `systemctl show` says what
 * systemd made of it. Through the agent's native addon, and through the systemd-notify command.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { bundle } from '../../images/disk/bundle.ts';
import type { Device } from './lab/device.ts';
import { type Lab, openLab, resume } from './lab/lab.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const FOLDER = '/run/notify';
const PIECE = 3600;
const LINE = 900;

/** The service's lines of its unit, besides how it is started. */
const UNITS: Readonly<Record<'native' | 'command' | 'slow', readonly string[]>> = {
  native: [
    'NotifyAccess=all',
    'WatchdogSec=600',
    'FileDescriptorStoreMax=8',
    'Sockets=api.socket admin.socket',
    // Told to whoever waits for the end.
    `ExecStopPost=/bin/sh -c 'echo $$SERVICE_RESULT > ${FOLDER}/native/answer'`,
  ],
  command: ['NotifyAccess=main', 'FileDescriptorStoreMax=8'],
  slow: ['NotifyAccess=main', 'TimeoutStartSec=30'],
};

/** Types a file, in pieces that the console takes. */
async function typeFile(device: Device, path: string, content: Buffer): Promise<void> {
  const lines = content.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  const perPiece = Math.floor(PIECE / LINE);
  await device.run(`: > ${path}.base64`);
  for (let at = 0; at < lines.length; at += perPiece) {
    await device.run(`cat >> ${path}.base64 <<END\n${lines.slice(at, at + perPiece).join('\n')}\nEND`);
  }
  await device.run(`base64 -d ${path}.base64 > ${path}`);
}

/** The service as one file on the device, with its units. */
async function installService(device: Device): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'notify-service-'));
  try {
    await bundle(REPOSITORY, 'test/machine/lab/notify-service.ts', scratch);
    await device.run(`mkdir -p ${FOLDER} /run/systemd/system`);
    await typeFile(device, `${FOLDER}/service.mjs`, readFileSync(join(scratch, 'main.js')));
  } finally {
    rmSync(scratch, { recursive: true });
  }
  for (const [mode, lines] of Object.entries(UNITS)) {
    const folder = `${FOLDER}/${mode}`;
    await device.run(`mkdir ${folder}; mkfifo ${folder}/ask ${folder}/answer`);
    await unit(device, `notify-${mode}.service`, 'Service', [
      'Type=notify',
      'Environment=HOLDFAST_NATIVE=/snap/holdfast/current/lib/holdfast.node',
      `ExecStart=/snap/holdfast/current/bin/node ${FOLDER}/service.mjs ${folder} ${mode}`,
      ...lines,
    ]);
  }
  for (const name of ['api', 'admin']) {
    const lines = [
      `ListenStream=${FOLDER}/native/${name}`,
      `FileDescriptorName=${name}`,
      'Service=notify-native.service',
    ];
    await unit(device, `${name}.socket`, 'Socket', lines);
  }
  await device.run('systemctl daemon-reload');
}

async function unit(device: Device, name: string, section: string, lines: readonly string[]): Promise<void> {
  await device.run(`cat > /run/systemd/system/${name} <<'END'\n${[`[${section}]`, ...lines].join('\n')}\nEND`);
}

/** One of the services on the device. */
class Service {
  readonly #device: Device;
  readonly #mode: keyof typeof UNITS;

  constructor(device: Device, mode: keyof typeof UNITS) {
    this.#device = device;
    this.#mode = mode;
  }

  get unit(): string {
    return `notify-${this.#mode}.service`;
  }

  /** What the service answers, when systemd has read all it was told. */
  async ask(question: string): Promise<unknown> {
    const folder = `${FOLDER}/${this.#mode}`;
    return JSON.parse(await this.#device.run(`echo ${question} > ${folder}/ask; cat ${folder}/answer`));
  }

  /** Runs something that ends the service; systemd's word for how it ended. */
  async end(command: string): Promise<string> {
    return (await this.#device.run(`${command}; cat ${FOLDER}/${this.#mode}/answer`)).trim();
  }

  /** Tells the service something that it does not outlive. */
  endBy(question: string): Promise<string> {
    return this.end(`echo ${question} > ${FOLDER}/${this.#mode}/ask`);
  }

  async show(...properties: readonly string[]): Promise<Record<string, string>> {
    const said = await this.#device.run(`systemctl show -p ${properties.join(',')} ${this.unit}`);
    return Object.fromEntries(said.trim().split('\n').map(entryOf));
  }
}

function entryOf(line: string): [name: string, value: string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

t.test('node-systemd-notify under systemd', async (t) => {
  const lab: Lab = await openLab();
  const device = await resume(lab, join(lab.folder, 'notify'));
  t.teardown(() => device.machine.stop());
  await installService(device);
  const service = new Service(device, 'native');
  const slow = new Service(device, 'slow');
  await device.run(`systemctl start --no-block ${slow.unit}; systemctl start api.socket admin.socket`);

  await device.run(`systemctl start ${service.unit}`);
  const { pid, helper, watchdog } = Object(await service.ask('who'));
  const start = await service.show('ActiveState', 'SubState', 'StatusText', 'MainPID', 'NFileDescriptorStore');
  t.same(
    start,
    {
      ActiveState: 'active',
      SubState: 'running',
      StatusText: 'listening, native',
      MainPID: String(pid),
      NFileDescriptorStore: '0',
    },
    'READY ends the start; STATUS came with it',
  );
  t.equal(watchdog, 600_000, 'watchdogInterval is WatchdogSec=');

  const sockets: readonly { readonly fd: number; readonly name: string }[] = Object(await service.ask('sockets'));
  // Units come in any order.
  t.same(sockets.map(({ name }) => name).sort(), ['admin', 'api'], 'the sockets of both units, by name');
  t.same(
    sockets.map(({ fd }) => fd),
    [3, 4],
  );
  for (const name of ['api', 'admin']) {
    t.equal(await service.ask(name), `hello from ${name}`, `the socket ${name} is the one that systemd opened for it`);
  }

  t.equal(await service.ask('status'), true);
  t.same(await service.show('StatusText'), { StatusText: '3 of 7, ä "quoted" = $HOME' });

  const before = Number((await service.show('WatchdogTimestampMonotonic'))['WatchdogTimestampMonotonic']);
  await service.ask('watchdog');
  const after = Number((await service.show('WatchdogTimestampMonotonic'))['WatchdogTimestampMonotonic']);
  t.ok(after > before && before > 0, `WATCHDOG resets its time: ${before}, ${after}`);
  await service.ask('watchdog-minutes');
  t.same(await service.show('WatchdogUSec'), { WatchdogUSec: '2min' }, 'WATCHDOG_USEC sets another one');

  await service.ask('reloading');
  const reloading = { ActiveState: 'reloading', SubState: 'reload', StatusText: 'reading it all again' };
  t.same(await service.show('ActiveState', 'SubState', 'StatusText'), reloading, 'RELOADING begins a reload');
  await service.ask('ready');
  const running = { ActiveState: 'active', SubState: 'running', StatusText: 'read' };
  t.same(await service.show('ActiveState', 'SubState', 'StatusText'), running, 'READY ends it');

  await service.ask('failing');
  t.same(await service.show('StatusErrno'), { StatusErrno: '2' }, 'ERRNO');

  await service.ask('main-helper');
  t.same(await service.show('MainPID'), { MainPID: String(helper) }, 'MAINPID');
  await service.ask('main-self');
  t.same(await service.show('MainPID'), { MainPID: String(pid) }, 'and back');

  t.same(await service.ask('store'), [true, true]);
  t.same(await service.show('NFileDescriptorStore'), { NFileDescriptorStore: '3' }, 'FDSTORE');
  await service.ask('remove');
  t.same(
    await service.show('NFileDescriptorStore'),
    { NFileDescriptorStore: '1' },
    'FDSTOREREMOVE drops those of one name',
  );

  t.equal(await service.end(`systemctl restart --no-block ${service.unit}`), 'success');
  await device.run(`systemctl start ${service.unit}`);
  t.not(Object(await service.ask('who')).pid, pid, 'another process');
  const names = Object(await service.ask('sockets')).map(({ name }: { readonly name: string }) => name);
  t.same(names.sort(), ['admin', 'api', 'secret'], 'finds what was kept, by name');
  t.equal(await service.ask('kept'), 'still here', 'and it is the same open file');

  await service.ask('stopping');
  const stopping = { ActiveState: 'deactivating', StatusText: 'on the way out' };
  t.same(await service.show('ActiveState', 'StatusText'), stopping, 'STOPPING');
  t.equal(await service.endBy('exit'), 'success');

  await device.run(`systemctl start ${service.unit}`);
  t.equal(await service.endBy('trigger'), 'watchdog', 'WATCHDOG=trigger has systemd end it');

  const command = new Service(device, 'command');
  await device.run(`systemctl start ${command.unit}`);
  t.same(
    await command.show('StatusText'),
    { StatusText: 'listening, command' },
    'the command speaks for the main process',
  );
  t.equal(await command.ask('status'), true);
  t.same(await command.show('StatusText'), { StatusText: '3 of 7, ä "quoted" = $HOME' });
  t.equal(await command.ask('store-code'), 'send-failed', 'before systemd 254 it sends no descriptors, and says so');

  await device.run(`systemctl start ${slow.unit}`);
  t.same(
    await slow.show('ActiveState', 'StatusText', 'Result'),
    { ActiveState: 'active', StatusText: 'listening, slow', Result: 'success' },
    'EXTEND_TIMEOUT_USEC: it may start for longer than TimeoutStartSec=',
  );
});
