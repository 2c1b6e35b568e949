/**
 * Which of two environment copies is the newer. Generations run 0 -> 1 -> 2 -> 0, so that a boot script needs no
 * arithmetic: valid copies that were written in turn are never more than one step apart.
 */

/** The generation that follows; a missing or foreign one is followed by 0. */
export function nextGeneration(generation: string | undefined): string {
  if (generation === '0') return '1';
  if (generation === '1') return '2';
  return '0';
}

/** True where copy B must be taken although copy A is valid too. Ties, and copies of foreign writers, go to A. */
export function isBNewer(generationA: string | undefined, generationB: string | undefined): boolean {
  return generationB === nextGeneration(generationA);
}
