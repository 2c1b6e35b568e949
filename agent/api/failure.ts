/** What was thrown, as the error that a client of snapd understands (`rest-api.md` §6). */
import { ConfigError } from '../device/config-document.ts';
import { DeviceError } from '../device/error.ts';
import { EngineError, type EngineErrorCode } from '../engine/error.ts';
import { SnapsError } from '../snaps/error.ts';
import { errorAnswer } from '../snaps/error-kind.ts';
import { SavedError, type SavedErrorCode } from '../snaps/saved/error.ts';
import type { EnvelopedAnswer, ErrorKind } from './envelope.ts';
import { MultipartError } from './multipart.ts';

/** A refusal that a handler makes itself. */
export class Refusal extends Error {
  readonly answer: Extract<EnvelopedAnswer, { readonly type: 'error' }>;

  constructor(status: number, message: string, more: { readonly kind?: ErrorKind; readonly value?: unknown } = {}) {
    super(message);
    this.name = 'Refusal';
    this.answer = { type: 'error', status, message, ...more };
  }
}

/** The answer to a request that threw `error`. */
export function failureOf(error: unknown): Extract<EnvelopedAnswer, { readonly type: 'error' }> {
  if (error instanceof Refusal) return error.answer;
  const message = error instanceof Error && error.message !== '' ? error.message : 'internal error';
  if (error instanceof DeviceError && error.code === 'conflict') {
    const value = error.changeKind === undefined ? {} : { 'change-kind': error.changeKind };
    return { type: 'error', status: 409, kind: 'snap-change-conflict', message, value };
  }
  if (error instanceof SnapsError) {
    const { status, kind, value } = errorAnswer(error);
    return {
      ...{ type: 'error', status, message },
      ...(kind === undefined ? {} : { kind }),
      ...(value === undefined ? {} : { value }),
    };
  }
  if (error instanceof EngineError) return { type: 'error', status: engineStatus[error.code], message };
  if (error instanceof SavedError) {
    const kind = error.code === 'conflict' ? ({ kind: 'snap-change-conflict', value: {} } as const) : {};
    return { type: 'error', status: savedStatus[error.code], message, ...kind };
  }
  const isBadRequest = error instanceof MultipartError || error instanceof ConfigError;
  if (isBadRequest) return { type: 'error', status: 400, message };
  return { type: 'error', status: 500, message };
}

const engineStatus: Readonly<Record<EngineErrorCode, number>> = { 'no-change': 404, 'is-over': 400, 'bad-plan': 500 };
const savedStatus: Readonly<Record<SavedErrorCode, number>> = {
  ...{ 'no-set': 404, 'no-snaps': 404, conflict: 409, 'bad-request': 400, incompatible: 400, 'not-a-snapshot': 400 },
  ...{ damaged: 400, 'too-large': 400, 'not-permitted': 400, internal: 500 },
};
