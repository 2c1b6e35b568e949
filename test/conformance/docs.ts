/** Writes the classes of intended difference into `docs/snapd-differences.md`. usage: node test/conformance/docs.ts */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { markdownTable } from '../demo/format.ts';
import { withSection } from '../measure/section.ts';
import { DIFFERENCES } from './differences.ts';

export const DOCUMENT: string = fileURLToPath(new URL('../../docs/snapd-differences.md', import.meta.url));

/** The document with the table of the classes as they are in code. */
export function withClasses(text: string): string {
  const rows = DIFFERENCES.map(({ name, hole, snapdDoes, weDo }) => [`\`${name}\``, hole, snapdDoes, weDo]);
  const table = markdownTable([['class', 'hole (boot.md)', 'snapd', 'Holdfast'], ...rows]);
  return withSection(text, 'classes', table.join('\n'));
}

if (import.meta.main) writeFileSync(DOCUMENT, withClasses(readFileSync(DOCUMENT, 'utf8')));
