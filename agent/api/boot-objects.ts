/** The boot journal's records as objects of the API. */
import type { BootRecord } from '../boot/journal/record.ts';
import { whyJson, whyLines } from '../boot/journal/why.ts';
import { slotsObject } from './objects.ts';

export function bootObject(record: BootRecord) {
  const { health, verdict, end } = record;
  return {
    boot: record.boot,
    'boot-id': record.bootId,
    time: record.time,
    rule: record.rule,
    copy: record.copy,
    trial: record.trial,
    reset: record.reset,
    set: slotsObject(record.set),
    kernel: { release: record.kernel.release, 'build-id': record.kernel.buildId },
    'command-line': record.commandLine,
    mounts: record.mounts,
    marks: record.marks.map(({ stage, uptimeSeconds }) => ({ stage, uptime: uptimeSeconds })),
    ...(health === undefined ? {} : { health: { checks: health.checks } }),
    ...(verdict === undefined ? {} : { verdict }),
    end: {
      how: end.how,
      ...(end.cause === undefined ? {} : { cause: end.cause }),
      ...(end.backTo === undefined ? {} : { 'back-to': slotsObject(end.backTo) }),
    },
  };
}

/** The same with what was tried, the evidence in one place, and the lines that explain it to people. */
export function explainedBoot(record: BootRecord) {
  const { tried, evidence } = whyJson(record);
  return { ...bootObject(record), tried: slotsObject(tried), evidence, why: whyLines(record) };
}
