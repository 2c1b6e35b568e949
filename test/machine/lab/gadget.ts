/** Another revision of the image's gadget, which can be told by what it adds to the kernel's command line. */
import { join } from 'node:path';
import { buildGadget } from '../../../images/disk/gadget.ts';

/** File of the payload, without `.snap`. */
export const GADGET_FILE = 'good-gadget';

/** Stands in /proc/cmdline where it is the gadget that the boot script read. */
export const GADGET_WORD = 'holdfast.gadget=second';

/** @param args what the image's gadget adds @returns its path */
export async function buildSecondGadget(cacheDir: string, folder: string, args: string): Promise<string> {
  const outFile = join(folder, `${GADGET_FILE}.snap`);
  await buildGadget({ cacheDir, outFile, version: '2', args: `${args} ${GADGET_WORD}` });
  return outFile;
}
