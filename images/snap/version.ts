import { SnapError } from './error.ts';
import { quoteAscii } from './quote.ts';

const MAX_CHARACTERS = 32;

/** A character in single quotes. */
function single(character: string): string {
  return `'${character.replace(/['\\]/, '\\$&')}'`;
}

function* complaints(version: string): Generator<string> {
  const first = version.charAt(0);
  const last = version.charAt(version.length - 1);
  if (version.length > MAX_CHARACTERS) yield `cannot be longer than 32 characters (got: ${version.length})`;
  if (!/[a-zA-Z0-9]/.test(first)) yield `must start with an ASCII alphanumeric (and not ${single(first)})`;
  if (version.length > 1 && !/[a-zA-Z0-9+~]/.test(last)) {
    yield `must end with an ASCII alphanumeric or one of '+' or '~' (and not ${single(last)})`;
  }
  const strange = version.slice(1, -1).match(/[^a-zA-Z0-9:.+~-]+/g);
  if (strange !== null) yield `contains invalid characters: ${strange.map(quoteAscii).join(', ')}`;
}

/**
 * Checks a snap's version: 1 to 32 characters, first a letter or digit, last one of these or `+` or `~`, between them also
 * `: . -`. Throws `bad-version` with snapd's message, which lists all that is wrong.
 */
export function checkVersion(version: string): void {
  if (version === '') throw new SnapError('bad-version', 'invalid snap version: cannot be empty');
  const invalid = `invalid snap version ${quoteAscii(version)}`;
  if (/[^!-~]/.test(version)) throw new SnapError('bad-version', `${invalid}: must be printable, non-whitespace ASCII`);
  const reasons = [...complaints(version)];
  const last = reasons.pop();
  if (last === undefined) return;
  const reason = reasons.length === 0 ? last : `${reasons.join(', ')}, and ${last}`;
  throw new SnapError('bad-version', `${invalid}: ${reason}`);
}
