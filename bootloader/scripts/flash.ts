/**
 * U-Boot's own environment in the machine's flash: where scripts and images are loaded, and a `bootcmd` that ends in
 * `reset`. It replaces U-Boot's built-in defaults as a whole, is written when the device is made, and never after.
 */
import { readFileSync } from 'node:fs';
import { createEnv, importText, serializeEnv } from 'u-boot-env';

/** `CONFIG_ENV_SIZE` of Debian's qemu_arm64, bytes; a non-redundant image without a flag byte. */
const ENV_BYTES = 0x40000;

/** Bytes of a flash bank of QEMU's `virt`, which takes no other size. */
export const FLASH_BYTES: number = 64 * 1024 * 1024;

/** The first `ENV_BYTES` of flash bank 1; the rest of the bank is erased (0xff) or zero. */
export function bootEnvironment(): Uint8Array {
  const text = readFileSync(new URL('bootcmd.env', import.meta.url), 'utf8');
  const empty = createEnv({ size: ENV_BYTES, flavour: 'plain' });
  return serializeEnv({ ...empty, vars: importText(text) });
}

/** A whole flash bank. */
export function bootEnvironmentImage(): Uint8Array {
  const bank = Buffer.alloc(FLASH_BYTES);
  bank.set(bootEnvironment());
  return bank;
}
