/** Sections of a document that a script writes, between two marks: `<!-- NAME: ... -->` and `<!-- end of NAME -->`. Pure. */
import { markdownTable, seconds } from '../demo/format.ts';
import type { BenchRow, ProofRow } from './row.ts';

/** What one program printed. */
export interface Measured<Row> {
  readonly name: string;
  /** As it can be typed in a clone. */
  readonly command: string;
  readonly seconds: number;
  readonly rows: readonly Row[];
}

/**
 * The text with the section between the two marks of `name` replaced.
 * @throws Error where the marks are not there, once each and in order
 */
export function withSection(text: string, name: string, section: string): string {
  const opening = `<!-- ${name}:`;
  const closing = `<!-- end of ${name} -->`;
  const begin = text.indexOf(opening);
  const lineEnd = text.indexOf('-->', begin);
  const end = text.indexOf(closing);
  const isOnce = begin === text.lastIndexOf(opening) && end === text.lastIndexOf(closing);
  if (begin < 0 || lineEnd < 0 || end < lineEnd || !isOnce) {
    throw new Error(`cannot write ${name}: ${opening} ... --> and ${closing} must be there once each, in this order`);
  }
  return `${text.slice(0, lineEnd + '-->'.length)}\n\n${section}\n\n${text.slice(end)}`;
}

/** All rows in one table; each program's time stands with its first row. */
export function proofSection(measured: readonly Measured<ProofRow>[]): string {
  const rows = measured.flatMap((program) =>
    program.rows.map(({ proof, bound, result }, at) => [
      proof,
      bound,
      result,
      at === 0 ? `\`${program.command}\`, ${seconds(program.seconds)}` : '',
    ]),
  );
  return markdownTable([['what', 'bound', 'result', 'by'], ...rows]).join('\n');
}

/** Medians, and how many times as fast as the peer. */
export function benchSection(measured: readonly Measured<BenchRow>[]): string {
  const rows = measured.flatMap(({ command, rows }) =>
    rows.map(({ bench, ours, unit, peer, theirs }, at) => [
      bench,
      `${short(ours)} ${unit}`,
      peer === undefined ? '' : `\`${peer}\``,
      theirs === undefined ? '' : `${short(theirs)} ${unit}`,
      theirs === undefined ? '' : short(theirs / ours),
      at === 0 ? `\`${command}\`` : '',
    ]),
  );
  return markdownTable([['what', 'median', 'peer', 'its median', 'peer / ours', 'by'], ...rows]).join('\n');
}

/** Three digits that count. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
