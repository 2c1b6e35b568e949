/** Small questions with snapd's answers in one file: names, versions, epochs, channels, schedules. */
import { isDeepStrictEqual } from 'node:util';
import { answersToChannel, answersToEpochs, answersToNames, answersToRevision, answersToTimer } from './answers.ts';
import { type Json, list, record, text, textIn } from './json.ts';
import type { CaseReport, Kind } from './kind.ts';

/** One thing that snapd said, and what we say to it. */
export type Compared =
  | { readonly what: string; readonly snapd: unknown; readonly ours: unknown; readonly intended?: string }
  | { readonly notBuilt: string };

type Answering = (words: readonly string[], snapd: Json) => readonly Compared[];

/** By the first word of a question. A kind of question that is missing here is not built. */
const ANSWERING: Readonly<Record<string, Answering>> = {
  channel: answersToChannel,
  epoch: answersToEpochs,
  names: answersToNames,
  refreshtimer: answersToTimer,
  revision: answersToRevision,
};

export const questions: Kind = {
  name: 'questions',
  path: 'questions.jsonl',
  *run(corpus) {
    const lines = textIn(corpus, 'questions.jsonl').split('\n');
    for (const [at, line] of lines.entries()) {
      if (line !== '') yield judgeQuestion(`line ${at + 1}`, record(JSON.parse(line), `line ${at + 1}`));
    }
  },
};

export function judgeQuestion(name: string, json: Json): CaseReport {
  const [topic = '', ...words] = list(json['question'], 'question').map((word) => text(word, 'question'));
  const answering = ANSWERING[topic];
  const compared = answering?.(words, record(json['answer'], 'answer')) ?? [{ notBuilt: topic }];
  const report = { name, equal: 0, intended: [] as string[], unmatched: [] as string[], notBuilt: [] as string[] };
  for (const one of compared) {
    if ('notBuilt' in one) report.notBuilt.push(one.notBuilt);
    else if (isDeepStrictEqual(one.snapd, one.ours)) report.equal += 1;
    else if (one.intended !== undefined) report.intended.push(one.intended);
    else report.unmatched.push(`${topic} ${JSON.stringify(words)}: ${one.what}: ${said(one)}`);
  }
  return report;
}

function said({ snapd, ours }: { readonly snapd: unknown; readonly ours: unknown }): string {
  return `snapd ${JSON.stringify(snapd)}, ours ${JSON.stringify(ours)}`;
}
