import t from 'tap';
import { wrongArrow } from './arrows.ts';

const rows: readonly [from: string, to: string, allowed: boolean][] = [
  ['agent/boot/a.ts', 'bootloader/protocol/b.ts', true],
  ['bootloader/protocol/b.ts', 'agent/boot/a.ts', false],
  ['images/disk/a.ts', 'gadget/yaml.ts', true],
  ['gadget/yaml.ts', 'images/disk/a.ts', false],
  ['agent/api/a.ts', 'agent/boot/b.ts', true],
  ['agent/boot/b.ts', 'agent/api/a.ts', false],
  ['agent/store/b.ts', 'agent/confine/a.ts', false],
  ['agent/engine/b.ts', 'agent/system/a.ts', true],
  ['agent/system/b.ts', 'agent/engine/a.ts', false],
  ['agent/main.ts', 'agent/api/a.ts', true],
  ['agent/api/a.ts', 'agent/main.ts', false],
  ['agent/cli/a.ts', 'agent/api/b.ts', false],
  ['agent/cli/a.ts', 'agent/cli/b.ts', true],
  ['bootloader/u-boot-env/a.ts', 'bootloader/u-boot-env/b.ts', true],
  ['bootloader/u-boot-env/a.ts', 'bootloader/protocol/b.ts', false],
  ['bootloader/protocol/b.ts', 'bootloader/u-boot-env/a.ts', false],
  ['agent/boot/a.ts', 'test/machine/b.ts', false],
  ['test/machine/b.ts', 'agent/boot/a.ts', true],
];

t.test('wrongArrow knows the house', async (t) => {
  for (const [from, to, allowed] of rows) {
    t.equal(wrongArrow({ from, to }) === undefined, allowed, `${from} -> ${to}`);
  }
});
