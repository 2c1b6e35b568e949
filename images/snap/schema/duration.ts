import { parseDuration } from '../duration.ts';
import { SnapError } from '../error.ts';
import type { Duration } from '../model.ts';
import type { Type } from '../yaml/decode.ts';
import { checked } from '../yaml/types.ts';

export const duration: Type<Duration> = checked((text) => {
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new SnapError('bad-app', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}, 0);
