/** What is not as it should be with the way this device boots, as sentences for whoever asks. Pure. */
import type { BootState } from '../../bootloader/protocol/index.ts';
import type { BootFacts } from './facts.ts';

const rules: Readonly<Record<string, string>> = {
  'backup-script': 'the boot script is damaged: its backup booted the good set, and starts no trials',
  record: 'neither copy of the boot environment could be read: the last-good record was booted',
  previous: 'the good set could not be booted: the set before it was',
  retry: 'the good set failed to boot before, and came up when it was tried again',
  'not-saved': 'the boot script could not save the boot environment, so it started no trial',
  'unknown-status': 'the boot environment held a state that the boot script does not know',
};

/** Every problem, the gravest first; empty on a healthy device. */
export function problemsOf(
  state: BootState,
  facts: Pick<BootFacts, 'booted' | 'contradictions' | 'initramfs'>,
): string[] {
  const problems: string[] = [];
  const rule = rules[facts.booted.rule];
  if (rule !== undefined) problems.push(rule);
  if (state.source === 'none') problems.push('nothing on the medium names a good boot set');
  for (const [copy, { valid }] of Object.entries(state.copies)) {
    if (!valid) problems.push(`copy ${copy} of the boot environment cannot be read`);
  }
  if (state.record === undefined) problems.push('the last-good record cannot be read');
  problems.push(...facts.contradictions);
  if (facts.initramfs.get('fsck') === 'repaired') problems.push('the writable file system was repaired at this boot');
  if (facts.initramfs.get('fsck') === 'failed')
    problems.push('the writable file system could not be repaired at this boot');
  if (facts.initramfs.get('writable') === 'ro') problems.push('the writable partition is read-only: nothing is kept');
  return problems;
}
