/** The ready-made images that `init` copies to hf-mark: the boot script imports them as a U-Boot environment. */
import { createEnv, serializeEnv, withVars } from 'u-boot-env';

const MARK_SIZE = 4096;

/** An environment without flag byte that holds the given variables. */
export function markImage(vars: Readonly<Record<string, string>>): Uint8Array {
  const empty = createEnv({ size: MARK_SIZE, flavour: 'plain' });
  return serializeEnv(withVars(empty, vars), { padding: 0x00 });
}
