const DEFAULTS: readonly (readonly [string, string])[] = [
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
];

/** What the handles of tags stand for. */
export class Tags {
  readonly #prefixes = new Map<string, string>();

  /** False where the handle has a meaning already. */
  add(handle: string, prefix: string): boolean {
    if (this.#prefixes.has(handle)) return false;
    this.#prefixes.set(handle, prefix);
    return true;
  }

  /** The whole tag; undefined where its handle means nothing. */
  resolve(handle: string, suffix: string): string | undefined {
    if (handle === '') return suffix;
    const prefix = this.#prefixes.get(handle) ?? DEFAULTS.find(([name]) => name === handle)?.[1];
    const tag = prefix === undefined ? '' : `${prefix}${suffix}`;
    return tag === '' ? undefined : tag;
  }
}
