/** A described plan as lines for a terminal: what `holdfast plan` prints. Pure. */
import type { PlanDescription, Space, TaskDescription } from './describe.ts';

export function planText({ kind, summary, restarts, space, tasks }: PlanDescription): string {
  const head = [
    `${summary} (${kind})`,
    `restarts: ${restarts === 0 ? 'none' : restarts}`,
    ...(space.length === 0 ? ['space: none'] : ['space:', ...space.map(spaceLine)]),
    tasks.length === 0 ? 'tasks: none' : 'tasks:',
  ];
  return [...head, ...tasks.flatMap(taskLines)].map((line) => `${line}\n`).join('');
}

function spaceLine({ place, bytes, why }: Space): string {
  return `  ${place}: ${bytes === undefined ? why : `${bytes} bytes, ${why}`}`;
}

function taskLines({
  number,
  kind,
  summary,
  after,
  lanes,
  writes,
  undo,
  restart,
  ifItFails,
}: TaskDescription): string[] {
  const isUsual = after.length === 1 && after[0] === number - 1;
  const order = isUsual || (number === 1 && after.length === 0) ? '' : `, after ${after.join(', ') || 'nothing'}`;
  const lane = lanes.length === 0 ? '' : `, lane ${lanes.join(', ')}`;
  return [
    `${String(number).padStart(3)}. ${kind}: ${summary}${order}${lane}`,
    `     writes: ${writes.length === 0 ? 'nothing' : writes.join('; ')}`,
    ...(undo === undefined ? [] : [`     undo: ${undo}`]),
    ...(restart === true ? ['     then: the device restarts'] : []),
    `     if it fails: ${ifItFails.meaning}`,
  ];
}
