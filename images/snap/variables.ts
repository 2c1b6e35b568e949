const KNOWN = ['SNAP', 'SNAP_DATA', 'SNAP_COMMON'];

/** The first variable in a path that is none of `$SNAP`, `$SNAP_DATA` and `$SNAP_COMMON`, with its `$`. */
export function unknownVariable(path: string): string | undefined {
  for (const [variable, name = ''] of path.matchAll(/\$([a-zA-Z_]*)/g)) {
    if (!KNOWN.includes(name)) return variable;
  }
  return undefined;
}

/**
 * Puts in what the variables of a path stand for inside the snap, where no instance key is seen; others stand for nothing.
 * `revision` is `unset` while it is not known.
 */
export function expandVariables(path: string, snap: string, revision: string): string {
  const values: Readonly<Record<string, string>> = {
    SNAP: `/snap/${snap}/${revision}`,
    SNAP_DATA: `/var/snap/${snap}/${revision}`,
    SNAP_COMMON: `/var/snap/${snap}/common`,
  };
  return path.replace(/\$(?:\{([^}]*)\}|([a-zA-Z0-9_]+))/g, (_, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? '';
    return Object.hasOwn(values, name) ? (values[name] ?? '') : '';
  });
}
