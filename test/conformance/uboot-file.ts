/** snapd's `uboot.env`: one image with a flag byte, rewritten in place, by our package. */
import { createEnv, parseEnv, serializeEnv, updateEnv } from 'u-boot-env';
import type { Variables } from './history.ts';

/** Bytes; the size is that of the file, and any will do. */
const SIZE = 4096;

export class UbootFile {
  #bytes: Uint8Array;

  constructor(vars: Variables) {
    this.#bytes = serializeEnv(createEnv({ size: SIZE, flavour: 'flag' }));
    this.write(vars);
  }

  /** Makes the file hold exactly `vars`, and reads back what it holds. */
  write(vars: Variables): Variables {
    const image = parseEnv(this.#bytes);
    const gone = [...image.vars.keys()].map((name): [string, string] => [name, '']);
    const update = updateEnv(image, { ...Object.fromEntries(gone), ...vars });
    if (update.changed) this.#bytes = update.bytes;
    return Object.fromEntries(parseEnv(this.#bytes, { flavour: 'flag' }).vars);
  }
}
