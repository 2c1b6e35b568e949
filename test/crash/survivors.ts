/** Mutations that no oracle can catch, and why that is right. A mutation that is not here has to be caught. */
export const SURVIVORS: Readonly<Record<string, string>> = {
  'sync of what was renamed, replace':
    'only a FAT needs it, and nothing on the boot partition is written by replace() here; stream and rename show it there',
  'sync of what was renamed, symlink': 'a symlink has no content of its own: none is made',
};
