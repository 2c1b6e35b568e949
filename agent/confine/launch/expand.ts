/** Variables in texts, as Go's os.Expand puts them in, which snapd uses. Pure. The launcher does the same in expand.c. */
import { LaunchError } from './error.ts';

/** Bytes of NAME=value that execve(2) takes. */
export const maxEntryBytes = 128 * 1024;

/** `${}` and a `${` that does not end are swallowed; a `$` before anything else stays. */
const syntax = /\$(?:\{([^}]*)\}|(\{)|([*#$@!?\-0-9])|(\w+))/g;

/** What is not set stands for nothing. @throws LaunchError `too-large` before the result is larger than a program may be given */
export function expandVariables(text: string, environment: ReadonlyMap<string, string>): string {
  let bytes = Buffer.byteLength(text);
  return text.replace(syntax, (found: string, braced?: string, open?: string, special?: string, plain?: string) => {
    const name = open === undefined ? (braced ?? special ?? plain ?? '') : '';
    const value = environment.get(name) ?? '';
    bytes += Buffer.byteLength(value) - found.length;
    if (bytes >= maxEntryBytes) {
      const most = `${maxEntryBytes / 1024} KiB`;
      throw new LaunchError(
        'too-large',
        `cannot put the variables into "${text.slice(0, 64)}": more than ${most} come of it`,
      );
    }
    return value;
  });
}
