/** Durable writes in the trace: each moment of each is a mark, so that what was on its way has a name. */
import { type DurableWrite, MOMENTS, type Moment, type WriteWitness } from '../../agent/system/durable.ts';

export interface Mark {
  readonly moment: Moment;
  /** With its path from the root that was recorded. */
  readonly write: DurableWrite;
}

/** A witness that marks the trace; `root` is what is recorded. */
export function markingWitness(root: string, mark: (text: string) => void): WriteWitness {
  return ({ op, path, offset = 0 }, moment) => {
    mark(`${moment} ${op} ${offset} ${path.startsWith(`${root}/`) ? path.slice(root.length) : path}`);
  };
}

/** What markingWitness() wrote; undefined for other words. */
export function parseMark(text: string): Mark | undefined {
  const [, first = '', op = '', offset = '', path = ''] = /^(\S+) (\S+) (\d+) (.*)$/s.exec(text) ?? [];
  const moment = MOMENTS.find((one) => one === first);
  return moment === undefined
    ? undefined
    : { moment, write: { op: op as DurableWrite['op'], path, offset: Number(offset) } };
}
