import t from 'tap';
import { newRecord } from '../snaps/record/model.ts';
import { aliasObjects } from './alias-objects.ts';

t.test('each alias has its command and its status', (t) => {
  const aliases = {
    alias1: { manual: 'cmd1', auto: 'cmd1x' },
    alias2: { auto: 'alias-snap' },
    alias3: { manual: 'cmd3' },
  };
  const record = { ...newRecord('alias-snap', 'app'), aliases };
  const alias1 = { command: 'alias-snap.cmd1', status: 'manual', manual: 'cmd1', auto: 'cmd1x' };
  const alias3 = { command: 'alias-snap.cmd3', status: 'manual', manual: 'cmd3' };
  t.strictSame(aliasObjects([newRecord('other', 'app'), record]), {
    'alias-snap': { alias1, alias2: { command: 'alias-snap', status: 'auto', auto: 'alias-snap' }, alias3 },
  });
  t.strictSame(aliasObjects([{ ...record, instance: 'alias-snap_key', autoAliasesDisabled: true }]), {
    'alias-snap_key': {
      alias1: { ...alias1, command: 'alias-snap_key.cmd1' },
      alias2: { command: 'alias-snap_key', status: 'disabled', auto: 'alias-snap' },
      alias3: { ...alias3, command: 'alias-snap_key.cmd3' },
    },
  });
  t.strictSame(aliasObjects([]), {});
  t.end();
});
