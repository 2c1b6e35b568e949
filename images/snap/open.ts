import { fileSource, SquashfsError, SquashfsImage } from 'squashfs-ts';
import { SnapError } from './error.ts';
import { readSnapInfo } from './info.ts';
import type { SnapInfo } from './model.ts';
import { fromSquashfs } from './squashfs-error.ts';

/** A snap file that was opened; close it after use (`await using` does). */
export interface SnapFile extends AsyncDisposable {
  readonly path: string;
  readonly info: SnapInfo;
  readonly image: SquashfsImage;
  close(): Promise<void>;
}

async function openImage(path: string): Promise<SquashfsImage> {
  try {
    return await SquashfsImage.open(await fileSource(path));
  } catch (error) {
    const quoted = JSON.stringify(path);
    if (!(error instanceof SquashfsError)) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SnapError('unreadable', `cannot open ${quoted}: ${reason}`, { cause: error });
    }
    if (error.code === 'not-squashfs') {
      throw new SnapError('not-a-snap', `cannot open: ${quoted} is not a snap`, { cause: error });
    }
    throw fromSquashfs(error);
  }
}

/**
 * Opens a snap file and reads its metadata. The name of the file means nothing. Throws `unreadable`, `not-a-snap`,
 * `truncated`, `unsupported`, `corrupt`, and what `readSnapInfo` does; nothing stays open then.
 */
export async function openSnapFile(path: string): Promise<SnapFile> {
  const image = await openImage(path);
  try {
    // The image could be read here, but no kernel would mount it.
    if (image.superblock.compression === 'lzma')
      throw new SnapError('unsupported', 'cannot use snap: it is packed in lzma');
    const info = await readSnapInfo(image);
    const close = () => image.close();
    return { path, info, image, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await image.close();
    throw error;
  }
}
