/** A kernel for the bench of the boot script: it says what it was started with, and is gone. */

/** `off`: PSCI SYSTEM_OFF, `reset`: SYSTEM_RESET. */
const END = {
  off: [0x52800100, 0x72b08000], // w0 = 0x84000008
  reset: [0x52800120, 0x72b08000], // w0 = 0x84000009
} as const;

/** The size of the header of an arm64 Image, bytes. */
const HEADER_BYTES = 64;

/**
 * An arm64 Image that tries to stop the watchdog as its Linux driver does, prints what the watchdog's lock register then says
 * (bit 0: locked, bit 1: enabled), prints its command line from the device tree, and ends the machine: proof that it was
 * started is that the machine went off.
 */
export function poweringOffKernel(end: keyof typeof END = 'off'): Uint8Array {
  const image = Buffer.alloc(4096);
  image.writeUInt32LE(0x14000010, 0); // b #0x40: over the header
  image.writeBigUInt64LE(4096n, 16); // image_size
  image.writeBigUInt64LE(0xan, 24); // flags: little-endian, 4K pages, anywhere
  image.write('ARM\x64', 56, 'latin1');
  const code = [
    0xaa0003e9, // x9 = x0: the device tree
    ...[0xd2800d01, 0xf2a20021, 0xf2c00801], // x1 = 0x4010010068: the lock register in the configuration space
    ...[0x3900003f, 0x39400022], // strb wzr, [x1]; ldrb w2, [x1]
    ...[0x1100c042, 0xd2a12003, 0xb9000062], // the console at 0x09000000 gets w2 as a digit
    ...[0x52800142, 0xb9000062], // and a newline
    ...[0x528dec64, 0x72ae6dc4], // w4 = "cons"
    ...[0x528d8de5, 0x72a7aca5], // w5 = "ole="
    ...[0xb8404526, 0x6b0400df, 0x54ffffc1], // 1: ldr w6, [x9], #4; cmp w6, w4; b.ne 1b
    ...[0xb9400126, 0x6b0500df, 0x54ffff61], // ldr w6, [x9]; cmp w6, w5; b.ne 1b
    0xd1001129, // sub x9, x9, #4
    ...[0x38401526, 0x34000066, 0xb9000066, 0x17fffffd], // 2: ldrb w6, [x9], #1; cbz w6, 3f; str w6, [x3]; b 2b
    ...[0xb9000062, ...END[end], 0xd4000002], // 3: str w2, [x3]; hvc #0
    0x14000000, // b .
  ];
  for (const [index, word] of code.entries()) image.writeUInt32LE(word, HEADER_BYTES + 4 * index);
  return image;
}

/** What a kernel said: that it was started, the watchdog's lock register, and its command line. */
export interface KernelWords {
  readonly watchdog: string;
  readonly commandLine: string;
}

/** The last words of a machine, if they are such a kernel's. */
export function kernelWords(log: string): KernelWords | undefined {
  const found = /Starting kernel \.\.\.\s*(\d)\n(console=.*)\n$/.exec(log);
  return found === null ? undefined : { watchdog: found[1] ?? '', commandLine: found[2] ?? '' };
}
