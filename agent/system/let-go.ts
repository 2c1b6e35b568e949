/**
 * Memory of pieces that have gone through. Node gives each piece of a request's body memory of its own, outside of the heap,
 * and V8 sees no reason to collect until tens of megabytes of it have come together. So whoever lets much go through
 * says so, and now and then the young ones are collected: about a millisecond each time.
 */

/** How much goes through between two collections, bytes. */
const everyBytes = 1 << 19;

let passed = 0;

/**
 * Tells that `bytes` went through and are not needed any more. Only where Node was started with --expose-gc, as the agent's
 * snap starts it; elsewhere memory comes back when V8 wants.
 */
export function letGo(bytes: number): void {
  passed += bytes;
  if (passed < everyBytes) return;
  passed = 0;
  globalThis.gc?.({ type: 'minor' });
}
