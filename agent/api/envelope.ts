/** snapd's envelope around every answer (`rest-api.md` §2.2). */
import { STATUS_CODES } from 'node:http';
import type { SnapErrorKind } from '../snaps/error-kind.ts';
import type { SnapshotExport } from '../snaps/saved/export.ts';

export type ErrorKind =
  | SnapErrorKind
  | 'login-required'
  | 'snap-not-found'
  | 'app-not-found'
  | 'option-not-found'
  | 'daemon-restart'
  | 'system-restart';

export type Answer =
  | EnvelopedAnswer
  /** Bytes instead of an envelope; they are sent to their end, or the connection breaks. */
  | { readonly type: 'stream'; readonly contentType: string; readonly content: SnapshotExport };

export type EnvelopedAnswer =
  | { readonly type: 'sync'; readonly result: unknown; readonly sources?: readonly string[] }
  | { readonly type: 'async'; readonly change: string; readonly result?: unknown }
  | {
      readonly type: 'error';
      readonly status: number;
      readonly message: string;
      readonly kind?: ErrorKind;
      readonly value?: unknown;
    };

/** The HTTP status and the JSON text of an answer. */
export function envelope(
  answer: EnvelopedAnswer,
  maintenance: unknown,
): { readonly status: number; readonly text: string } {
  const status = answer.type === 'sync' ? 200 : answer.type === 'async' ? 202 : answer.status;
  const body = {
    type: answer.type,
    'status-code': status,
    status: STATUS_CODES[status] ?? '',
    result: resultOf(answer),
    ...(answer.type === 'async' ? { change: answer.change } : {}),
    ...(answer.type === 'sync' && answer.sources !== undefined ? { sources: answer.sources } : {}),
    ...(maintenance === undefined ? {} : { maintenance }),
  };
  return { status, text: JSON.stringify(body) };
}

function resultOf(answer: EnvelopedAnswer): unknown {
  if (answer.type !== 'error') return answer.result ?? null;
  const { message, kind, value } = answer;
  return { message, ...(kind === undefined ? {} : { kind }), ...(value === undefined ? {} : { value }) };
}
