/** The report of a run as lines for a person. */
import type { Count, Tally } from './tally.ts';

export function linesOf(tally: Tally): string[] {
  const { cases, answers } = tally;
  const all = cases.equal + cases.intended + cases.unmatched + cases['not built'];
  return [
    `${tally.kind}: ${all} cases: ${cases.equal} equal, ${cases.intended} differ on purpose, ${cases.unmatched} unmatched, ${cases['not built']} not built yet`,
    `  answers: ${answers.equal} equal, ${answers.intended} differ on purpose, ${answers.unmatched} unmatched`,
    ...rows('differs on purpose', tally.classes),
    ...rows('not built yet', tally.notBuilt),
    ...tally.unmatched.flatMap(({ name, what }) => [
      `  unmatched: ${name}`,
      ...what.flatMap((text) => text.split('\n').map((line) => `    ${line}`)),
    ]),
  ];
}

function rows(title: string, counts: Readonly<Record<string, Count>>): string[] {
  return Object.entries(counts).map(
    ([name, { cases, answers }]) => `  ${title}: ${name}: ${answers} answers in ${cases} cases`,
  );
}
