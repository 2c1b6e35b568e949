import t from 'tap';
import { waitsForAliases } from './alias-turns.ts';
import { lifeHandlers } from './handlers.ts';
import { testDevice } from './testing.ts';

t.test('of all tasks about aliases one runs at a time', async (t) => {
  const { world } = await (await testDevice(t)).start();
  const about = Object.keys(lifeHandlers(world)).filter((kind) => kind.includes('alias'));
  t.equal(about.length, 7);
  for (const kind of about) {
    t.notOk(waitsForAliases({ kind }, [{ kind: 'mount-snap' }]), kind);
    for (const other of about) t.ok(waitsForAliases({ kind }, [{ kind: 'mount-snap' }, { kind: other }]), kind);
    t.notOk(waitsForAliases({ kind: 'mount-snap' }, [{ kind }]), 'no other waits for them');
  }
});
