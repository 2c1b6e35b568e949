/** What `make prove` and `make bench` run, in this order. */
import { join } from 'node:path';
import type { Program } from './program.ts';

const BUILD = join(import.meta.dirname, '../../build');

export const PROOFS_FOLDER = join(BUILD, 'proofs');
export const BENCHES_FOLDER = join(BUILD, 'benches');

/** Full bounds: the tests of `make test` run the same with shorter ones. */
export const PROOFS: readonly Program[] = [
  { name: 'model', command: ['node', 'test/model/main.ts', '--full'] },
  { name: 'model-mutants', command: ['node', 'test/model/mutants.ts', '--full', '--docs'] },
  { name: 'crash', command: ['node', 'test/crash/main.ts', '--full'] },
  {
    name: 'u-boot-env',
    command: ['node', 'bootloader/u-boot-env/fuzz.ts', '--mutants', '1000000', '--seed', '1'],
  },
  {
    name: 'squashfs-ts',
    command: ['node', 'images/squashfs-ts/fuzz.ts', '--mutants', '1000000', '--seed', '1', '--workers', '2'],
  },
  { name: 'boot-script', command: ['node', 'test/machine/script-prove.ts', '3'] },
  { name: 'boot-script-mutants', command: ['node', 'test/machine/script-mutants.ts'] },
];

export const BENCHES: readonly Program[] = [
  { name: 'squashfs-ts', command: ['node', 'images/squashfs-ts/bench.ts'] },
  { name: 'data', command: ['node', 'agent/snaps/data/bench.ts'] },
  { name: 'large', command: ['node', 'test/bench/large.ts'] },
  { name: 'many', command: ['node', 'test/bench/many.ts'] },
  { name: 'refresh', command: ['node', 'test/bench/refresh.ts'] },
];
