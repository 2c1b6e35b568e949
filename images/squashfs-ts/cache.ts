/**
 * The values used last, by key. Holds promises, so two readers that want the same block at once share one load; a load
 * that failed is forgotten.
 */
export class Cache<K, V> {
  readonly #values = new Map<K, Promise<V>>();
  readonly #capacity: number;

  /** `capacity`: how many values are kept, at least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#values.size;
  }

  /** The value for `key`, loaded if it is not there. */
  get(key: K, load: () => Promise<V>): Promise<V> {
    const known = this.#values.get(key);
    if (known !== undefined) {
      // A Map keeps insertion order: moving to the end makes the first key the one not used for longest.
      this.#values.delete(key);
      this.#values.set(key, known);
      return known;
    }
    const loading = load();
    this.#values.set(key, loading);
    loading.catch(() => {
      if (this.#values.get(key) === loading) this.#values.delete(key);
    });
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#capacity) break;
      this.#values.delete(oldest);
    }
    return loading;
  }
}
