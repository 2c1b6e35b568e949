/** A record as bytes: JSON that is cut down until it fits, so that what matters most of a boot is always kept. */
import { boundRecord } from './bounds.ts';
import type { BootHealth, BootRecord } from './record.ts';

export { decodeRecord } from './decode.ts';

/** Makes a record smaller; `undefined` where there is nothing left to take. */
type Cut = (record: BootRecord) => BootRecord | undefined;

/** In this order: what a person would miss least goes first. */
const cuts: readonly Cut[] = [
  ({ health, ...rest }) => withHealth(rest, health, dropPassed),
  ({ mounts, ...rest }) => (mounts.length === 0 ? undefined : { ...rest, mounts: mounts.slice(0, -1) }),
  ({ health, ...rest }) => withHealth(rest, health, dropLastEvidence),
  ({ verdict, ...rest }) => {
    const evidence = shorter(verdict?.evidence);
    return verdict === undefined || evidence === undefined ? undefined : { ...rest, verdict: { ...verdict, evidence } };
  },
  ({ end, ...rest }) => {
    const { cause } = end;
    const evidence = shorter(cause?.evidence);
    return cause === undefined || evidence === undefined
      ? undefined
      : { ...rest, end: { ...end, cause: { ...cause, evidence } } };
  },
  ({ commandLine, ...rest }) =>
    commandLine === ''
      ? undefined
      : { ...rest, commandLine: commandLine.slice(0, commandLine.length >> 1).toWellFormed() },
  ({ health, ...rest }) => withHealth(rest, health, dropLastCheck),
  ({ marks, ...rest }) => (marks.length === 0 ? undefined : { ...rest, marks: marks.slice(0, -1) }),
];

/** The bytes of a record, `maxBytes` at most. */
export function encodeRecord(record: BootRecord, maxBytes: number): Uint8Array {
  let left = boundRecord(record);
  let bytes = encode(left);
  for (const cut of cuts) {
    while (bytes.length > maxBytes) {
      const smaller = cut(left);
      if (smaller === undefined) break;
      left = smaller;
      bytes = encode(left);
    }
  }
  return bytes;
}

function encode(record: BootRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

function shorter(lines: readonly string[] | undefined): readonly string[] | undefined {
  return lines === undefined || lines.length === 0 ? undefined : lines.slice(0, -1);
}

function withHealth(
  rest: Omit<BootRecord, 'health'>,
  health: BootHealth | undefined,
  cut: (checks: BootHealth['checks']) => BootHealth['checks'] | undefined,
): BootRecord | undefined {
  const checks = health === undefined ? undefined : cut(health.checks);
  return checks === undefined ? undefined : { ...rest, health: { checks } };
}

/** What a check that passed has seen. */
function dropPassed(checks: BootHealth['checks']): BootHealth['checks'] | undefined {
  const index = checks.findLastIndex(({ state, evidence }) => state === 'pass' && evidence.length > 0);
  return index < 0 ? undefined : checks.with(index, { ...at(checks, index), evidence: [] });
}

function dropLastEvidence(checks: BootHealth['checks']): BootHealth['checks'] | undefined {
  const index = checks.findLastIndex(({ evidence }) => evidence.length > 0);
  if (index < 0) return undefined;
  const check = at(checks, index);
  return checks.with(index, { ...check, evidence: check.evidence.slice(0, -1) });
}

function dropLastCheck(checks: BootHealth['checks']): BootHealth['checks'] | undefined {
  return checks.length === 0 ? undefined : checks.slice(0, -1);
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}
