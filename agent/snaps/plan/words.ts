/** Texts that more than one plan uses; snapd's. */

export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** At most ten characters, cut at the left. */
export function shortened(text: string): string {
  return text.length <= 10 ? text : `…${text.slice(-9)}`;
}

/** `snap "a"`, or `snaps "a", "b"`. */
export function snapsWords(names: readonly string[]): string {
  return `snap${names.length === 1 ? '' : 's'} ${quoted(names)}`;
}
