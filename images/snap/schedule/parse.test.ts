import t from 'tap';
import { parseSchedules } from './parse.ts';
import { formatSchedule, lengthOf, splitSpan } from './schedule.ts';

t.test('H.2: schedules are read, and written in one form', async (t) => {
  for (const [text, printed] of [
    ['9:00', '09:00'],
    ['mon', 'mon'],
    ['mon-fri,9:00', 'mon-fri,09:00'],
    ['mon,wed,9:00,10:00-11:00', 'mon,wed,09:00,10:00-11:00'],
    ['fri5,23:00-01:00', 'fri5,23:00-01:00'],
    ['mon1-tue', 'mon1-tue'],
    ['mon-tue1', 'mon-tue1'],
    ['tue1-fri2', 'tue1-fri'],
    ['mon1-mon1', 'mon1'],
    ['00:00~24:00/4', '00:00~24:00/4'],
    ['10:00-10:00', '10:00'],
    ['9:00/2', '09:00'],
    ['0:00-23:59/2,,mon', '00:00-23:59/2 mon'],
    ['9:00-11:00', '09:00-11:00'],
    ['9:00-11:00/2', '09:00-11:00/2'],
    ['9:00~11:00', '09:00~11:00'],
    ['fri,mon,9:00-11:00', 'fri,mon,09:00-11:00'],
    ['9:00-11:00,,20:00-22:00', '09:00-11:00 20:00-22:00'],
    ['mon,9:00,10:00,14:00,15:00', 'mon,09:00,10:00,14:00,15:00'],
    ['mon,,wed', 'mon wed'],
    ['mon-wed,fri,9:00-11:00/2', 'mon-wed,fri,09:00-11:00/2'],
    ['mon-mon2,9:00', 'mon-mon2,09:00'],
    ['fri-mon', 'fri-mon'],
  ] as const)
    t.equal(parseSchedules(text).map(formatSchedule).join(' '), printed, text);
});

t.test('H.1: what is no schedule is refused', async (t) => {
  for (const [text, message] of [
    ['', 'cannot parse "": not a valid fragment'],
    [',,', 'cannot parse "": not a valid fragment'],
    ['mon,', 'cannot parse "mon,": not a valid fragment'],
    ['9:00,mon', 'cannot parse "mon": invalid schedule fragment'],
    ['mon-tue-wed', 'cannot parse "mon-tue-wed": invalid week span'],
    ['Mon', 'cannot parse "Mon": "Mon" is not a valid weekday'],
    ['mon-x', 'cannot parse "mon-x": "x" is not a valid weekday'],
    ['mon0', 'cannot parse "mon0": "mon0" is not a valid weekday'],
    ['mon6', 'cannot parse "mon6": "mon6" is not a valid weekday'],
    ['mon5-mon1', 'cannot parse "mon5-mon1": unsupported schedule'],
    ['25:00', 'cannot parse "25:00": not a valid time'],
    ['9:60', 'cannot parse "9:60": not a valid time'],
    ['9:00-', 'cannot parse "9:00-": not a valid time'],
    ['24:01', 'cannot parse "24:01": not a valid time'],
    ['9:00-11:00/0', 'cannot parse "9:00-11:00/0": not a valid interval'],
    ['9:00-11:00/x', 'cannot parse "9:00-11:00/x": not a valid interval'],
    ['invalid-11:00', 'cannot parse "invalid-11:00": not a valid time'],
    ['9:00-11:00///3', 'cannot parse "9:00-11:00///3": not a valid interval'],
    ['mon-01:00', 'cannot parse "mon-01:00": not a valid time'],
    ['9:00---11:00', 'cannot parse "9:00---11:00": not a valid time'],
    ['9:00-9:00-10:00/3', 'cannot parse "9:00-9:00-10:00/3": not a valid time'],
    ['9:00-mon@11:00', 'cannot parse "9:00-mon@11:00": not a valid time'],
    [':', 'cannot parse ":": not a valid time'],
    ['mon~wed', 'cannot parse "mon~wed": "mon~wed" is not a valid weekday'],
    ['mon..wed', 'cannot parse "mon..wed": "mon..wed" is not a valid weekday'],
    ['mon--wed', 'cannot parse "mon--wed": invalid week span'],
    ['mon-wed/2,,9:00', 'cannot parse "mon-wed/2": "wed/2" is not a valid weekday'],
    ['mon%,9:00', 'cannot parse "mon%": "mon%" is not a valid weekday'],
    ['9:00,,,9:00-10:00/3', 'cannot parse ",9:00-10:00/3": not a valid fragment'],
    ['-', 'cannot parse "-": "" is not a valid weekday'],
    ['-/4', 'cannot parse "-/4": "" is not a valid weekday'],
    ['~/4', 'cannot parse "~/4": "~/4" is not a valid weekday'],
    ['9:00-11:00/2/2', 'cannot parse "9:00-11:00/2/2": not a valid interval'],
  ] as const)
    t.throws(() => parseSchedules(text), { message }, text);
});

t.test('A window is cut into equal ones', async (t) => {
  const clocks = (text: string) =>
    parseSchedules(text).flatMap(({ times }) => times.flatMap(splitSpan).map(({ start, end }) => [start, end]));
  t.same(
    clocks('10:00-12:00/4').map(([start]) => start),
    [600, 630, 660, 690],
  );
  t.same(clocks('23:00-01:00/2'), [
    [1380, 0],
    [0, 60],
  ]);
  t.same(clocks('10:00-11:00/1'), [[600, 660]]);
  t.same(
    clocks('10:00-10:30/45')
      .slice(0, 4)
      .map(([start]) => start),
    [600, 600, 601, 602],
    'in whole minutes',
  );
  t.equal(lengthOf({ start: 1380, end: 60 }), 120);
});
