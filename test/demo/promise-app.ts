/** Whether a step of the app's life went as it was promised, and what of it is told. Pure. */
import type { CommandResult } from '../../images/qemu/shell.ts';
import type { LifeStep } from '../machine/lab/app-life.ts';
import type { AppSeen } from '../machine/lab/app-seen.ts';
import { plain } from './format.ts';

/** What is not as promised, as sentences; empty where all is. @param ended how its last command did */
export function brokenStep({ title, fails, promised }: LifeStep, ended: CommandResult, seen: AppSeen): string[] {
  const [what] = title.split(':', 1);
  const broken: string[] = [];
  const output = plain(ended.output).trim();
  if (fails === undefined && ended.status !== 0) broken.push(`${what}: it fails: ${output}`);
  if (fails !== undefined && ended.status === 0) broken.push(`${what}: it does not fail`);
  else if (fails?.test(output) === false) broken.push(`${what}: it fails without ${fails}: ${output}`);
  for (const [key, value] of Object.entries(seen)) {
    const wanted = JSON.stringify(promised[key as keyof AppSeen]);
    if (JSON.stringify(value) !== wanted) broken.push(`${what}: ${key} is ${JSON.stringify(value)}, not ${wanted}`);
  }
  return broken;
}

/** What the device shows, in a few lines. */
export function seenLines({ links: [current], mounted, service, diary }: AppSeen): string[] {
  if (current === '') return ['neither mounts nor data, units or commands of it'];
  const kept = mounted.filter((revision) => revision !== current);
  const also = kept.length === 0 ? '' : `, ${kept.join(', ')} kept`;
  const told = diary.split('\n').filter((line) => !line.startsWith('own '));
  const of = (label: string): string =>
    told.flatMap((line) => (line.startsWith(`${label}: `) ? [line.slice(label.length + 2)] : [])).join(', ');
  return [
    `${current} is current${also}; its service is ${service[0]} as ${service[1]}`,
    `its diary: starts ${of('starts')}; of all revisions ${of('starts of all')}; notes ${of('note')}`,
  ];
}
