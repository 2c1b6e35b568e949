/** What was thrown, as the error that a client of snapd understands (`rest-api.md` §6). */
import { ConfigError } from '../device/config-document.ts';
import { DeviceError } from '../device/error.ts';
import { EngineError, type EngineErrorCode } from '../engine/error.ts';
import { SnapsError } from '../snaps/error.ts';
import { errorAnswer } from '../snaps/error-kind.ts';
import type { Answer, ErrorKind } from './envelope.ts';
import { MultipartError } from './multipart.ts';

/** A refusal that a handler makes itself. */
export class Refusal extends Error {
  readonly answer: Extract<Answer, { readonly type: 'error' }>;

  constructor(status: number, message: string, more: { readonly kind?: ErrorKind; readonly value?: unknown } = {}) {
    super(message);
    this.name = 'Refusal';
    this.answer = { type: 'error', status, message, ...more };
  }
}

/** The answer to a request that threw `error`. */
export function failureOf(error: unknown): Extract<Answer, { readonly type: 'error' }> {
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
  const isBadRequest = error instanceof MultipartError || error instanceof ConfigError;
  if (isBadRequest) return { type: 'error', status: 400, message };
  return { type: 'error', status: 500, message };
}

const engineStatus: Readonly<Record<EngineErrorCode, number>> = { 'no-change': 404, 'is-over': 400, 'bad-plan': 500 };
