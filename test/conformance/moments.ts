/** Texts that may differ in moments of a day. */
const MOMENT = /^(OnCalendar=.*) ([0-9]{2}):([0-9]{2})$/;
const DAY = 24 * 60;

/** Whether a text is `first`, moments aside: each is between that of `first` and that of `last`, perhaps over midnight. */
export function isBetween(text: string | undefined, first: string | undefined, last: string | undefined): boolean {
  if (text === undefined || first === undefined || last === undefined) return false;
  const [lines, firsts, lasts] = [text.split('\n'), first.split('\n'), last.split('\n')] as const;
  return (
    lines.length === firsts.length && lines.every((line, i) => isLineBetween(line, firsts[i] ?? '', lasts[i] ?? ''))
  );
}

function isLineBetween(line: string, first: string, last: string): boolean {
  if (first === last) return line === first;
  const [at, from, to] = [momentOf(line), momentOf(first), momentOf(last)];
  if (at === undefined || from === undefined || to === undefined || at.rest !== from.rest) return false;
  return after(from.minute, at.minute) <= after(from.minute, to.minute);
}

function after(from: number, to: number): number {
  return (to - from + DAY) % DAY;
}

function momentOf(line: string): { readonly rest: string; readonly minute: number } | undefined {
  const [, rest, hour, minute] = MOMENT.exec(line) ?? [];
  return rest === undefined ? undefined : { rest, minute: Number(hour) * 60 + Number(minute) };
}
