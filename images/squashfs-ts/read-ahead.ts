/** Loads under way while the caller waits; one goes on while the caller works. */
const AT_ONCE = 2;

/**
 * What `load` makes of each item, in order. From the second one on others are loaded meanwhile; a caller who wants but one
 * costs no more than that.
 */
export async function* readAhead<T, U>(items: AsyncGenerator<T>, load: (item: T) => Promise<U>): AsyncGenerator<U> {
  const loading: Promise<U>[] = [];
  for (let most = 1; ; most = AT_ONCE) {
    while (loading.length < most) {
      const { done, value } = await items.next();
      if (done === true) break;
      const next = load(value);
      // The caller may leave before anyone waits for it.
      next.catch(() => {});
      loading.push(next);
    }
    const first = loading.shift();
    if (first === undefined) return;
    yield await first;
  }
}
