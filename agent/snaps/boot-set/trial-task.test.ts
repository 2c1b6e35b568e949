import t from 'tap';
import { changeOf } from '../../engine/plan.ts';
import { hasArmed, trialIn, trialTask } from './trial-task.ts';

t.test('only names of slots are tried', (t) => {
  t.strictSame(trialIn({ trial: { kernel: 'k_2.snap', base: 7, other: 'x' } }), { kernel: 'k_2.snap' });
  for (const data of [{}, { trial: null }, { trial: 'kernel' }, { trial: {} }, { trial: { app: 'a_1.snap' } }]) {
    t.equal(trialIn(data), undefined, JSON.stringify(data));
  }
  t.end();
});

t.test('the task that arms is found by what it carries, and has armed once it waits', (t) => {
  const tasks = [
    { kind: 'link-snap', summary: '', data: { snap: 'b' } },
    { kind: 'link-snap', summary: '', data: { snap: 'k', trial: { kernel: 'k_2.snap' } } },
  ];
  const change = changeOf({ kind: 'install-snap', summary: '', data: {}, tasks }, 1, 1, '');
  t.equal(trialTask(change)?.id, 2);
  t.equal(trialTask({ tasks: change.tasks.slice(0, 1) }), undefined);
  const armed = (['Do', 'Doing', 'Wait', 'Done', 'Undo', 'Undoing', 'Undone', 'Error'] as const).filter((status) =>
    hasArmed({ status }),
  );
  t.strictSame(armed, ['Wait', 'Done']);
  t.end();
});
