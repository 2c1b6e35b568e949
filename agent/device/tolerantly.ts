import type { Parts } from './parts.ts';

/** What the medium refuses now is done at the next start: a device that runs is worth more than one that stops here. */
export async function tolerantly<T>({ world }: Pick<Parts, 'world'>, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    world.say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
