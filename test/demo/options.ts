/** The command line of the demo. Pure. */
import { parseArgs } from 'node:util';
import { CASES, type DemoCase } from './cases.ts';

export const HELP = `usage: node test/demo/main.ts [--only CASE ...] [--verbose]
       node test/demo/main.ts --cold
       node test/demo/main.ts --list | --help

Boots an emulated device, tries good and broken kernels and bases and an app on it, and tells what happens. Exit status 1 when
anything does not end as promised. Serial logs and figures.json are left in build/demo.

  --only CASE ...  play these cases; figures are kept only of a run of all
  --verbose        pass the serial console of the device through
  --cold           build the image with an empty cache, then again with nothing changed, and keep both times in
                   figures.json; downloads everything anew
  --list           name the cases
  --help           print this
`;

export interface Options {
  readonly mode: 'play' | 'cold' | 'list' | 'help';
  readonly cases: readonly DemoCase[];
  readonly isVerbose: boolean;
}

const KNOWN = {
  only: { type: 'boolean' },
  verbose: { type: 'boolean' },
  cold: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @throws Error for what the demo does not know, with a message for people. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({ args: [...args], options: KNOWN, allowPositionals: true });
  const isOnly = values.only === true;
  if (isOnly !== positionals.length > 0) throw new Error('cannot choose cases: write --only and their names');
  const unknown = positionals.find((name) => CASES.every((it) => it.name !== name));
  if (unknown !== undefined) throw new Error(`cannot play ${unknown}: no such case, see --list`);
  const cases = isOnly ? CASES.filter(({ name }) => positionals.includes(name)) : CASES;
  const mode = values.help ? 'help' : values.list ? 'list' : values.cold ? 'cold' : 'play';
  return { mode, cases, isVerbose: values.verbose === true };
}
