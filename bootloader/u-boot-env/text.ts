import { checkChange } from './entries.ts';
import { EnvError, quoted } from './errors.ts';
import { MAX_SIZE } from './shape.ts';

/**
 * Reads the text that `mkenvimage` takes: one `name=value` per line; empty lines and lines that begin with "#" are skipped,
 * the last of two equal names wins. There is no continuation of lines. The result is meant for `withVars`.
 * A file is best read as `latin1`, see the README on encoding.
 * @throws EnvError `bad-line`, `bad-name`, `bad-value`, `too-large`
 */
export function importText(text: string): ReadonlyMap<string, string> {
  if (text.length > MAX_SIZE) {
    throw new EnvError('too-large', `cannot import ${text.length} characters of text: the most is ${MAX_SIZE}`);
  }
  const vars = new Map<string, string>();
  for (const ending of text.split('\n')) {
    const line = ending.endsWith('\r') ? ending.slice(0, -1) : ending;
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    if (equals < 1) throw new EnvError('bad-line', `Invalid line: ${quoted(line)}`);
    const name = line.slice(0, equals);
    const value = line.slice(equals + 1);
    checkChange(name, value);
    vars.set(name, value);
  }
  return vars;
}
