/** `<name>_<revision>.snap`: how snap files are named on the device, and which revision a local file gets. */

export interface SnapFileName {
  readonly name: string;
  /** `7` from a store, `x1` from a local file. */
  readonly revision: string;
}

/** Takes a file name apart; `undefined` where it is not one of a snap. */
export function parseFileName(file: string): SnapFileName | undefined {
  const match = /^([a-z0-9](?:-?[a-z0-9])*(?:_[a-z0-9]{1,10})?)_(x?[1-9]\d{0,9})\.snap$/.exec(file);
  const [, name, revision] = match ?? [];
  return name === undefined || revision === undefined ? undefined : { name, revision };
}

export function fileNameOf({ name, revision }: SnapFileName): string {
  return `${name}_${revision}.snap`;
}

/**
 * The revision of the next local file of a snap: one above every local revision that any of `files` names. Give it all
 * that was ever named, so that no name means two contents.
 */
export function nextLocalRevision(name: string, files: Iterable<string>): string {
  let highest = 0;
  for (const file of files) {
    const parsed = parseFileName(file);
    if (parsed?.name === name && parsed.revision.startsWith('x'))
      highest = Math.max(highest, Number(parsed.revision.slice(1)));
  }
  return `x${highest + 1}`;
}
