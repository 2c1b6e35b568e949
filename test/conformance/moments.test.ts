import t from 'tap';
import { isBetween } from './moments.ts';

t.test('A text is between two that differ in moments', async (t) => {
  const at = (...moments: string[]) => moments.map((moment) => `OnCalendar=*-*-* ${moment}`).join('\n');
  t.ok(isBetween('same', 'same', 'same'));
  t.notOk(isBetween('other', 'same', 'same'));
  t.notOk(isBetween(undefined, 'same', 'same'));
  t.ok(isBetween(at('10:00', '12:30'), at('10:00', '12:00'), at('10:00', '13:00')));
  t.notOk(isBetween(at('10:00', '13:01'), at('10:00', '12:00'), at('10:00', '13:00')), 'too late');
  t.notOk(isBetween(at('10:00', '11:59'), at('10:00', '12:00'), at('10:00', '13:00')), 'too early');
  t.ok(isBetween(at('00:10'), at('23:00'), at('01:00')), 'over midnight');
  t.notOk(isBetween(at('12:00'), at('23:00'), at('01:00')));
  t.notOk(isBetween(at('12:30').replace('*-*-*', 'Mon *-*-*'), at('12:00'), at('13:00')), 'another day');
  t.notOk(isBetween(at('12:30', '12:40'), at('12:00'), at('13:00')), 'one more');
});
