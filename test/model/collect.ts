/** Garbage collection: what goes is the product's choice, in which order it goes is `collectGarbage`'s. */

import type { Present } from '../../agent/snaps/garbage.ts';
import { type FileParts, partsOf, setParts } from './files.ts';
import { FILES, indexOfFile } from './names.ts';
import type { Run } from './run.ts';
import { ABSENT, type State } from './state.ts';

const gatheringSuffix = '.tmp';

export function collect(run: Run): void {
  const { d, model } = run;
  const garbage = model.protocol.garbage(d, () => presentIn(d));
  for (const name of garbage.assets) {
    const isHalf = name.endsWith(gatheringSuffix);
    const index = indexOfFile(isHalf ? name.slice(0, -gatheringSuffix.length) : name);
    if (!isHalf) model.checks.remove(run, index, 'assets');
    run.atomic(`collect ${name} of the boot partition`, () =>
      setParts(d, index, isHalf ? { gathering: 0 } : { assets: ABSENT }),
    );
  }
  for (const name of garbage.snapFiles) {
    const index = indexOfFile(name);
    model.checks.remove(run, index, 'snap');
    run.atomic(`collect ${name}`, () => setParts(d, index, { snap: ABSENT }));
  }
  for (const name of garbage.digests) {
    const index = indexOfFile(name);
    model.checks.remove(run, index, 'digest');
    run.atomic(`collect the digest of ${name}`, () => setParts(d, index, { digest: 0 }));
  }
}

function presentIn(d: State): Present {
  const parts = d.files.map(partsOf);
  const present = (isThere: (part: FileParts) => boolean) =>
    FILES.filter((_, index) => parts[index] !== undefined && isThere(parts[index]));
  const gathering = present((part) => part.gathering === 1).map((file) => `${file}${gatheringSuffix}`);
  return {
    snapFiles: present(({ snap }) => snap !== ABSENT),
    digests: present(({ digest }) => digest === 1),
    assets: [...present(({ assets }) => assets !== ABSENT), ...gathering],
  };
}
