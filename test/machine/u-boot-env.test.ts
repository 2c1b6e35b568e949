/**
 * `u-boot-env` against U-Boot itself (Debian's, for arm64 QEMU), both directions, in one boot: U-Boot starts with an
 * environment of ours in flash; `env import` and `env export` read and write a raw disk. (`saveenv` is no part of it: on this
 * machine it fails with "Flash buffer write timeout" in the second sector.)
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { crc32 } from 'node:zlib';
import t from 'tap';
import { createEnv, parseEnv, serializeEnv, withVars } from 'u-boot-env';

const PATIENCE_MS = 60_000;
const PROMPT = /(^|\n)=> $/;

/** One U-Boot on stdio; every wait has a limit, and its error shows what the console said. */
class Console {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #said = '';
  #wake: () => void = () => {};
  #over = false;

  constructor(args: readonly string[]) {
    this.#child = spawn('qemu-system-aarch64', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.#said += text;
      this.#wake();
    });
    this.#child.on('close', () => {
      this.#over = true;
      this.#wake();
    });
    this.#child.on('error', (error) => {
      this.#said += `cannot start: ${error.message}`;
      this.#over = true;
      this.#wake();
    });
    // Writing to a machine that is gone shows in the next wait.
    this.#child.stdin.on('error', () => {});
  }

  async #until(done: () => boolean, what: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = setTimeout(() => reject(new Error(`no ${what} on the console: ${this.#said}`)), PATIENCE_MS);
    this.#wake = () => {
      if (done()) resolve();
      else if (this.#over) reject(new Error(`the machine ended before ${what}: ${this.#said}`));
    };
    this.#wake();
    await promise.finally(() => clearTimeout(late));
    const said = this.#said;
    this.#said = '';
    return said;
  }

  /** What was said up to the prompt. */
  prompt(): Promise<string> {
    return this.#until(() => PROMPT.test(this.#said), 'prompt');
  }

  /** Runs a command and returns what it printed, without its echo, the prompt and the last line end. */
  async command(text: string): Promise<string> {
    this.#child.stdin.write(`${text}\n`);
    const said = (await this.prompt()).replaceAll('\r', '');
    return said.slice(said.indexOf('\n') + 1).replace(PROMPT, '');
  }

  /** Powers off, so that everything U-Boot wrote is in the files. */
  async powerOff(): Promise<void> {
    this.#child.stdin.write('poweroff\n');
    await this.#until(() => this.#over, 'power-off');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const SLOT_SIZE = 4096;
const SLOT_BLOCKS = SLOT_SIZE / 512;
/** Debian's build: one environment of this size, without flag byte, at the start of flash bank 1. */
const FLASH_ENV_SIZE = 0x40000;
const FLASH_BANK_SIZE = 64 * 1024 * 1024;
const ADDRESS = '40200000';

const slots = ['ours', 'zero-padded', 'damaged', 'flagged', 'odd', 'malformed', 'exported', 'unbounded'] as const;
type Slot = (typeof slots)[number];
const hexBlock = (slot: Slot): string => (slots.indexOf(slot) * SLOT_BLOCKS).toString(16);

const vars = {
  snap_mode: 'try',
  snap_kernel: 'virt-kernel_x1.snap',
  hook: 'if test "$snap_mode" = try; then setenv x y=z; fi',
};
const ours = withVars(createEnv({ size: SLOT_SIZE, flavour: 'plain' }), vars);

/** An image around a list that our writer would never make. */
function imageAround(list: string): Uint8Array {
  const bytes = Buffer.alloc(SLOT_SIZE);
  bytes.write(list, 4, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(4)));
  return bytes;
}

const images: Readonly<Partial<Record<Slot, Uint8Array>>> = {
  ours: serializeEnv(ours),
  'zero-padded': serializeEnv(ours, { padding: 0x00 }),
  damaged: serializeEnv(ours).with(SLOT_SIZE - 1, 0xfe),
  flagged: serializeEnv({ ...ours, flavour: 'flag' }),
  odd: imageAround('twice=first\0escaped=a\\\\b\\c\0twice=last\0 blank=x\0#note=x\0gone=\0\0'),
  malformed: imageAround('before=1\0nonsense\0after=2\0\0'),
};

t.test('u-boot-env and U-Boot read each other', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'u-boot-env-machine-'));
  const disk = join(dir, 'disk.img');
  const flash = join(dir, 'flash.img');
  const content = Buffer.alloc(1024 * 1024);
  for (const slot of slots) content.set(images[slot] ?? [], slots.indexOf(slot) * SLOT_SIZE);
  writeFileSync(disk, content);
  // bootdelay=-1 goes straight to the prompt: getting there without a key shows that the flash was read.
  const stored = withVars(createEnv({ size: FLASH_ENV_SIZE, flavour: 'plain' }), { bootdelay: '-1', probe: 'from us' });
  writeFileSync(flash, serializeEnv(stored));
  truncateSync(flash, FLASH_BANK_SIZE);

  const machine = new Console([
    ...['-accel', 'tcg', '-M', 'virt', '-cpu', 'cortex-a72', '-m', '256', '-nic', 'none'],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-bios', '/usr/lib/u-boot/qemu_arm64/u-boot.bin'],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${flash}`],
    ...['-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', 'virtio-blk-pci,drive=disk'],
  ]);
  t.teardown(() => {
    machine.kill();
    rmSync(dir, { recursive: true });
  });

  const boot = await machine.prompt();
  t.notMatch(boot, /bad CRC/, 'U-Boot takes our image in flash for its environment');
  t.notMatch(boot, /Hit any key/, 'and obeys its bootdelay');
  t.equal(await machine.command('printenv probe'), 'probe=from us');
  await machine.command('virtio scan');

  const load = async (slot: Slot, names = ''): Promise<string> => {
    await machine.command(`virtio read ${ADDRESS} ${hexBlock(slot)} ${SLOT_BLOCKS.toString(16)}`);
    return machine.command(`env import -c ${ADDRESS} ${SLOT_SIZE.toString(16)} ${names}`);
  };
  const clear = (): Promise<string> => machine.command('env delete snap_mode snap_kernel hook');

  for (const slot of ['ours', 'zero-padded'] as const) {
    t.equal(await load(slot), '', `${slot}: imported without complaint`);
    for (const [name, value] of Object.entries(vars)) {
      t.equal(await machine.command(`printenv ${name}`), `${name}=${value}`, `${slot}: ${name}`);
    }
    await clear();
  }

  for (const slot of ['damaged', 'flagged'] as const) {
    t.match(await load(slot), /bad CRC, import failed/, `${slot}: U-Boot refuses`);
    t.match(await machine.command('printenv snap_mode'), /not defined/, `${slot}: and imports nothing`);
  }
  t.throws(() => parseEnv(images.damaged ?? new Uint8Array(0)), { code: 'bad-crc' }, 'damaged: we refuse as well');

  await load('odd');
  t.equal(await machine.command('printenv twice'), 'twice=last', 'the last of two equal names counts');
  t.equal(parseEnv(images.odd ?? new Uint8Array(0)).vars.get('twice'), 'last', 'for us as well');
  t.equal(await machine.command('printenv escaped'), 'escaped=a\\bc', 'U-Boot takes a backslash for an escape');
  t.equal(await machine.command('printenv blank'), 'blank=x', 'and strips blanks before a name');
  t.match(await machine.command("printenv '#note'"), /not defined/, 'what begins with "#" is a comment to it');
  t.match(await machine.command('printenv gone'), /not defined/, 'an empty value is no variable');

  t.equal(await load('malformed'), '', 'U-Boot passes over an entry that we refuse');
  t.throws(() => parseEnv(images.malformed ?? new Uint8Array(0)), { code: 'bad-entry' });
  const rest = parseEnv(images.malformed ?? new Uint8Array(0), { bestEffort: true });
  for (const [name, value] of rest.vars) {
    t.equal(await machine.command(`printenv ${name}`), `${name}=${value}`, 'best effort reads what U-Boot reads');
  }

  await machine.command("setenv snap_mode trying; setenv snap_kernel virt-kernel_x2.snap; setenv back 'a\\\\b'");
  await machine.command(`env export -c -s ${SLOT_SIZE.toString(16)} ${ADDRESS} snap_mode snap_kernel back`);
  await machine.command(`virtio write ${ADDRESS} ${hexBlock('exported')} ${SLOT_BLOCKS.toString(16)}`);
  await machine.command(`env export -c ${ADDRESS} snap_mode`);
  await machine.command(`virtio write ${ADDRESS} ${hexBlock('unbounded')} ${(FLASH_ENV_SIZE / 512).toString(16)}`);
  await machine.powerOff();

  const after = readFileSync(disk);
  const at = (slot: Slot, size: number): Uint8Array => {
    const start = slots.indexOf(slot) * SLOT_SIZE;
    return after.subarray(start, start + size);
  };
  const exported = parseEnv(at('exported', SLOT_SIZE));
  const expected = { back: 'a\\\\b', snap_kernel: 'virt-kernel_x2.snap', snap_mode: 'trying' };
  t.same(
    Object.fromEntries(exported.vars),
    expected,
    'what U-Boot exports is read, backslashes as U-Boot escaped them',
  );
  t.match(exported, { flavour: 'plain', size: SLOT_SIZE });
  t.equal(
    Buffer.compare(serializeEnv(exported, { padding: 0x00 }), at('exported', SLOT_SIZE)),
    0,
    'and written again it is the same, byte for byte',
  );
  const unbounded = parseEnv(at('unbounded', FLASH_ENV_SIZE));
  t.same([...unbounded.vars], [['snap_mode', 'trying']], 'so is an export without a size');
});
