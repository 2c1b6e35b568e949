import t from 'tap';
import { showSnap, showSnaps } from './show-snaps.ts';

t.test('snaps are shown as a table, with what is special about them', (t) => {
  t.equal(showSnaps([]), 'No snaps on this device.\n');
  t.match(showSnaps([{ name: 'k', version: '', revision: 'x1' }]), /k +- +x1 +- +- +- +-\n/);
  const special = { name: 'a', devmode: true, confinement: 'classic', hold: '9999-12-31T00:00:00Z', broken: 'why' };
  t.match(showSnaps([special]), /^a .* devmode,classic,held,broken$/m);
  t.match(
    showSnaps([{ name: 'a', 'tracking-channel': 'latest/edge', type: 'app', status: 'active' }]),
    [/a +- +- +latest\/edge +app +active +-\n/].at(0),
  );
  t.end();
});

t.test('one snap is shown with its commands and services', (t) => {
  const shown = showSnap({
    name: 'shop',
    version: '1.2',
    summary: 'A \x1b shop',
    hold: '2027-01-31T00:00:00Z',
    'installed-size': 4096,
    description: 'Sells.\nA lot.\n',
    apps: [
      { snap: 'shop', name: 'shop' },
      { snap: 'shop', name: 'till' },
      { snap: 'shop', name: 'stock', daemon: 'simple', enabled: true, active: false },
    ],
  });
  for (const line of [
    /^name: +shop$/m,
    /^summary: +A \ufffd shop$/m,
    /^held until: +2027-01-31 00:00:00$/m,
    /^size: +4096 bytes$/m,
    /^commands:\n {2}shop\n {2}shop.till$/m,
    /^services:\n {2}shop.stock: simple, enabled, inactive$/m,
    /^description:\n {2}Sells.\n {2}A lot.\n$/m,
  ]) {
    t.match(shown, line);
  }
  t.notMatch(shown, /base:|tracking:/, 'what is not known is left out');
  t.match(showSnap({ hold: '9999-12-31T00:00:00Z' }), /^held until: +forever$/m);
  t.match(showSnap('nonsense'), /^size: /m);
  t.end();
});
