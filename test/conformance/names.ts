/** Small questions about names, versions and licenses: whether they are good, and what is said where not. */

import {
  checkInstanceName,
  checkSnapName,
  isAlias,
  isAppName,
  isHookName,
  isInterfaceName,
  isPlugName,
  isSlotName,
  splitInstanceName,
} from '../../images/snap/names.ts';
import { checkLicense } from '../../images/snap/validate/license.ts';
import { checkVersion } from '../../images/snap/version.ts';
import { list, record, text, textIn } from './json.ts';
import type { CaseReport, Kind } from './kind.ts';

export const names: Kind = {
  name: 'names',
  path: 'questions.jsonl',
  *run(corpus) {
    for (const line of textIn(corpus, 'questions.jsonl').split('\n')) {
      if (line === '') continue;
      const { question, answer } = record(JSON.parse(line), 'questions.jsonl');
      const [topic, kind, input] = list(question, line).map((word) => text(word, line));
      if (topic === 'names') yield reportOf(kind ?? '', input ?? '', record(answer, line));
    }
  },
};

const valid =
  (what: string, isGood: (name: string) => boolean) =>
  (input: string): void => {
    if (!isGood(input)) throw new Error(`invalid ${what} name: ${JSON.stringify(input)}`);
  };

const CHECKS: ReadonlyMap<string, (input: string) => void> = new Map([
  ['snap', checkSnapName],
  ['instance', checkInstanceName],
  ['version', checkVersion],
  ['license', checkLicense],
  ...(
    [
      ['app', isAppName],
      ['hook', isHookName],
      ['interface', isInterfaceName],
      ['plug', isPlugName],
      ['slot', isSlotName],
      ['alias', isAlias],
    ] as const
  ).map(([what, isGood]) => [what, valid(what, isGood)] as const),
]);

function reportOf(kind: string, input: string, answer: Readonly<Record<string, unknown>>): CaseReport {
  const name = `${kind} ${JSON.stringify(input)}`;
  const check = CHECKS.get(kind);
  // Names of snap files are read by the agent.
  if (check === undefined) return { name, equal: 0, intended: [], unmatched: [], notBuilt: [`names: ${kind}`] };
  const parts = splitInstanceName(input);
  const ours = JSON.stringify([messageOf(() => check(input)), kind === 'instance' ? [parts.name, parts.key] : null]);
  const theirs = JSON.stringify([answer['error'], answer['value']]);
  const isEqual = ours === theirs;
  return {
    name,
    equal: isEqual ? 1 : 0,
    intended: [],
    unmatched: isEqual ? [] : [`snapd ${theirs}, ours ${ours}`],
    notBuilt: [],
  };
}

function messageOf(action: () => void): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
