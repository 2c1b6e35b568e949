/** What a body is by its Content-Type, where a request may carry either kind. Pure; texts are snapd's. */
import { Refusal } from './failure.ts';

/** @throws Refusal 400 for what is neither JSON nor a form */
export function mediaOf(contentType: string | undefined): 'json' | 'multipart' {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  if (type === '') throw new Refusal(400, 'cannot parse content type: mime: no media type');
  const media = type.toLowerCase();
  if (media.startsWith('multipart/')) return 'multipart';
  if (media !== 'application/json') throw new Refusal(400, `unknown content type: ${contentType}`);
  const charset = parameters.map((text) => /^charset="?([^"]*)"?$/i.exec(text)?.[1]).find((name) => name !== undefined);
  if (charset === undefined || charset.toUpperCase() === 'UTF-8') return 'json';
  throw new Refusal(400, `unknown charset in content type: ${contentType}`);
}
