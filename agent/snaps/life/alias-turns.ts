/** Tasks that look at the aliases of all snaps before they change those of one: one at a time, of all changes. */
const kinds: ReadonlySet<string> = new Set([
  ...['remove-aliases', 'set-auto-aliases', 'setup-aliases'],
  ...['alias', 'unalias', 'disable-aliases', 'prefer-aliases'],
]);

/** True while another of them runs: it may be about to take the alias that this one has found free. */
export function waitsForAliases({ kind }: { readonly kind: string }, running: readonly { readonly kind: string }[]) {
  return kinds.has(kind) && running.some((other) => kinds.has(other.kind));
}
