import t from 'tap';
import { parseSnapInfo } from '../../../images/snap/index.ts';
import { installed } from '../plan/testing.ts';
import { aliasEntries, aliasOfPath, aliasPath, linksThere } from './aliases.ts';
import { testDevice } from './testing.ts';
import { demoYaml } from './testing-scenes.ts';

t.test('targets that are not there, or services, have no link', async (t) => {
  const record = installed('demo', [1], {
    aliases: {
      a: { manual: 'tool', auto: 'demo' },
      b: { auto: 'demo' },
      c: { manual: 'gone' },
      d: { manual: 'first' },
    },
  });
  const info = parseSnapInfo(demoYaml('1'));
  t.strictSame(aliasEntries(record, info), { '/snap/bin/a': { link: 'demo.tool' }, '/snap/bin/b': { link: 'demo' } });
  t.strictSame(Object.keys(aliasEntries({ ...record, autoAliasesDisabled: true }, info)), ['/snap/bin/a']);
  t.equal(aliasOfPath(aliasPath('a.b')), 'a.b');
});

t.test('a link that leads elsewhere is none of the snap', async (t) => {
  const { world } = await (await testDevice(t)).start();
  const links = { a: 'demo', b: 'demo.tool', c: 'demo-two', d: '/opt/demo', e: 'demo_two.tool' };
  for (const [name, target] of Object.entries(links)) {
    await world.disk.swapSymlink(target, `${world.layout.root}/snap/bin/${name}`);
  }
  t.strictSame(await linksThere(world, 'demo', [...Object.keys(links), 'f']), {
    '/snap/bin/a': null,
    '/snap/bin/b': null,
  });
});
