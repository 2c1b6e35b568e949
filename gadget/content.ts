import { GadgetError } from './error.ts';
import { Fields } from './guard.ts';
import type { Content } from './model.ts';
import { parseSize } from './size.ts';

/** A path inside the gadget or a file system: relative in effect, never leading out of it. */
function safePath(text: string, path: string): string {
  if (text.includes('\0') || text.split('/').includes('..'))
    throw new GadgetError('bad-value', path, `"${text.slice(0, 80)}" leads out of its directory`);
  return text;
}

function fileContent(entry: Fields): Content {
  for (const key of ['image', 'offset', 'size'])
    if (entry.has(key))
      throw new GadgetError('conflict', entry.at(key), 'cannot use image content for non-bare file system');
  return {
    kind: 'file',
    source: safePath(entry.need('source'), entry.at('source')),
    target: safePath(entry.need('target'), entry.at('target')),
  };
}

function imageContent(entry: Fields): Content {
  for (const key of ['source', 'target'])
    if (entry.has(key))
      throw new GadgetError('conflict', entry.at(key), 'cannot use non-image content for bare file system');
  return {
    kind: 'image',
    image: safePath(entry.need('image'), entry.at('image')),
    offset: entry.has('offset') ? parseSize(entry.need('offset'), entry.at('offset')) : undefined,
    size: entry.has('size') ? parseSize(entry.need('size'), entry.at('size')) : undefined,
  };
}

/** The `content` list of a structure; which of its two styles is right depends on whether there is a file system. */
export function parseContent(structure: Fields, hasFilesystem: boolean): Content[] {
  return structure.list('content').map(({ value, path }) => {
    const entry = new Fields(value, path);
    return hasFilesystem ? fileContent(entry) : imageContent(entry);
  });
}
