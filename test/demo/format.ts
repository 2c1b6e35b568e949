/** Text of the demo: durations, tables, lines of a serial console. Pure. */

/** `m:ss`, for a clock that runs along. */
export function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Whole seconds, one decimal below ten. */
export function seconds(value: number): string {
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} s`;
}

/** Bytes in MiB or KiB. */
export function size(bytes: number): string {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Lines of a table, columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Rows of a Markdown table; the first row is its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Za-z0-9]|[A-Za-z=>])/g;

/** Console text without colours, cursor movements and carriage returns. */
export function plain(text: string): string {
  return text.replaceAll(ESCAPES, '').replaceAll('\r', '');
}

/** The set as one short text: `virt-kernel_x2 bookworm_x1 virt_x1`. */
export function setText(set: Readonly<Record<string, string>>): string {
  return Object.values(set)
    .map((file) => file.replace(/\.snap$/, ''))
    .join(' ');
}
