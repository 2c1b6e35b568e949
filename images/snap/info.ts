import { SquashfsError, type SquashfsImage } from 'squashfs-ts';
import { SnapError } from './error.ts';
import type { SnapInfo } from './model.ts';
import { MAX_SNAP_YAML_BYTES, readSnapYaml, tooLarge } from './read.ts';
import { fromSquashfs } from './squashfs-error.ts';
import { checkSafety } from './validate/safety.ts';
import { validateSnap } from './validate/validate.ts';

/** Reads and checks a snap.yaml. Throws a SnapError, with snapd's message where it has one. */
export function parseSnapInfo(yaml: string | Uint8Array): SnapInfo {
  const info = readSnapYaml(yaml);
  validateSnap(info);
  checkSafety(info);
  if (info.architectures.includes('')) {
    throw new SnapError('bad-architectures', 'cannot use snap: an architecture is empty');
  }
  return info;
}

async function readBytes(image: SquashfsImage): Promise<Uint8Array> {
  try {
    // snapd's container check: what is read here must be what is there when the snap is mounted.
    const meta = await image.lstat('meta');
    if (meta.type !== 'directory') throw new SnapError('no-metadata', `cannot use snap: its meta is a ${meta.type}`);
    return await image.readFile('meta/snap.yaml', { maxBytes: MAX_SNAP_YAML_BYTES });
  } catch (error) {
    if (error instanceof SquashfsError && error.code === 'too-large') {
      throw tooLarge(error);
    }
    if (error instanceof SquashfsError && ['not-found', 'not-a-file', 'not-a-directory', 'loop'].includes(error.code)) {
      throw new SnapError('no-metadata', 'cannot use snap: it has no meta/snap.yaml', { cause: error });
    }
    throw fromSquashfs(error);
  }
}

/**
 * Reads meta/snap.yaml of an image, at most 512 KiB. Throws what `parseSnapInfo` does, and `no-metadata`,
 * `metadata-too-large`, `corrupt`, `truncated`.
 */
export async function readSnapInfo(image: SquashfsImage): Promise<SnapInfo> {
  const bytes = await readBytes(image);
  return parseSnapInfo(bytes);
}
