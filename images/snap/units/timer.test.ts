import t from 'tap';
import { parseSchedules } from '../schedule/parse.ts';
import { appOf, snapOf } from '../testing.ts';
import { calendarOf } from './calendar.ts';
import { unitsOf } from './index.ts';
import { timerUnit } from './timer.ts';

t.test('The unit of a timer', async (t) => {
  const app = appOf(snapOf('apps: {svc: {daemon: simple, timer: "10:00-12:00/2"}}'), 'svc');
  t.equal(
    timerUnit(app, { instance: 'foo', revision: '7' }, () => 0),
    `[Unit]
# Auto-generated, DO NOT EDIT
Description=Timer svc for snap application foo.svc
Requires=snap-foo-7.mount
After=snap-foo-7.mount
X-Snappy=yes

[Timer]
Unit=snap.foo.svc.service
OnCalendar=*-*-* 10:00
OnCalendar=*-*-* 11:00

[Install]
WantedBy=timers.target
`,
  );
});

const WEEKS = ['', '1,2,3,4,5,6,7', '8,9,10,11,12,13,14', '15,16,17,18,19,20,21', '22,23,24,25,26,27,28', '29,30,31'];
const week = (number: number) => `*-*-${WEEKS[number]}`;

const rows: readonly [schedule: string, events: string[]][] = [
  ['9:00', ['*-*-* 09:00']],
  ['mon', ['Mon *-*-*']],
  ['mon-wed', ['Mon,Tue,Wed *-*-*']],
  ['fri-mon,24:00', ['Fri,Sat,Sun,Mon *-*-* 00:00']],
  ['mon,wed,9:00,10:00', ['Mon *-*-* 09:00', 'Mon *-*-* 10:00', 'Wed *-*-* 09:00', 'Wed *-*-* 10:00']],
  ['mon1', [`Mon ${week(1)}`]],
  ['mon4', [`Mon ${week(4)}`]],
  ['mon5', ['Mon *-*-22,23,24,25,26,27,28,29,30,31']],
  ['mon1-tue', [week(2), week(1)]],
  ['mon2-fri,8:00', [`${week(3)} 08:00`, `${week(2)} 08:00`]],
  ['mon4-tue', [week(5), week(1), week(4)]],
  ['mon5-tue', [week(5), week(1), week(4)]],
  ['mon-tue1', ['*-*-22,23,24,25,26,27,28,29,30,31', week(1)]],
  ['mon-tue3', [week(2), week(3)]],
  ['mon-tue5', [week(5), week(4)]],
  ['mon,,10:00', ['Mon *-*-*', '*-*-* 10:00']],
  ['23:00-01:00/2', ['*-*-* 23:00', '*-*-* 00:00']],
];
for (const [schedule, events] of rows) {
  t.test(`The timer ${schedule} fires`, async (t) => {
    t.same(
      calendarOf(parseSchedules(schedule), () => 0),
      events,
    );
  });
}

t.test('A timer with a choice stays in its window, short of the end', async (t) => {
  const last = (schedule: string) => calendarOf(parseSchedules(schedule), (count) => count - 1);
  t.same(last('10:00~12:00/2'), ['*-*-* 10:54', '*-*-* 11:54']);
  t.same(last('10:00~10:03'), ['*-*-* 10:02'], 'a short window is used whole');
  t.same(last('23:30~01:00'), ['*-*-* 00:54'], 'over midnight');
  t.same(last('10:00~10:00'), ['*-*-* 10:00']);
});

t.test('All units of a snap, by path', async (t) => {
  const snap = snapOf(`apps:
  a: {daemon: simple, timer: "9:00~10:00", sockets: {s: {listen-stream: 80}}}
  b: {daemon: simple, daemon-scope: user}
  c: {command: x}
`);
  const units = unitsOf(snap, { instance: 'foo', revision: '1' });
  t.same(
    [...units.keys()],
    [
      '/etc/systemd/system/snap.foo.a.service',
      '/etc/systemd/system/snap.foo.a.s.socket',
      '/etc/systemd/system/snap.foo.a.timer',
      '/etc/systemd/user/snap.foo.b.service',
    ],
  );
  t.match(units.get('/etc/systemd/system/snap.foo.a.timer'), /OnCalendar=\*-\*-\* 09:[0-5][0-9]\n/);
});
