/** The YAML of a gadget description, bounded. Every scalar is the text that was written: `0C` or `83` is no number. */
import { parseDocument } from 'yaml';
import { GadgetError } from './error.ts';

/** Real descriptions stay under 20 KiB. */
export const MAX_GADGET_YAML_BYTES = 256 * 1024;

/**
 * Maps, lists and text.
 * @throws GadgetError
 */
export function parseGadgetDocument(text: string): unknown {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_GADGET_YAML_BYTES)
    throw new GadgetError('too-big', '', `${bytes} bytes, more than ${MAX_GADGET_YAML_BYTES}`);
  const document = parseDocument(text, { schema: 'failsafe' });
  const [error] = document.errors;
  if (error !== undefined) throw new GadgetError('bad-yaml', '', error.message.split('\n')[0] ?? 'not YAML');
  try {
    return document.toJS({ mapAsMap: true, maxAliasCount: 100 });
  } catch (cause) {
    throw new GadgetError('bad-yaml', '', cause instanceof Error ? cause.message : String(cause));
  }
}
