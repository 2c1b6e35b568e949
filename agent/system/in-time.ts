/** A limit for what may never answer, such as a write to a dying medium. */

/**
 * What `work` resolves to, or `undefined` when that takes longer than `milliseconds`; the work itself goes on, and what it
 * rejects with later is dropped. Counts real time, whatever clock the caller lives by: it is the medium that is waited for.
 * @throws what `work` rejects with in time
 */
export async function inTime<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
