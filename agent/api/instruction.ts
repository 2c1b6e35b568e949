/** What a JSON body asks for about snaps, as snapd's client writes it: read, and checked as far as that needs no device. Pure. */
import { checkChannel } from '../snaps/record/channel.ts';
import type { HoldLevel } from '../snaps/record/holds.ts';
import type { SnapFlags } from '../snaps/record/model.ts';
import { isRevision, unsetRevision } from '../snaps/record/revision.ts';
import { Refusal } from './failure.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { JsonObject } from './json-body.ts';

/** Texts that were not given are "". */
export interface Instruction {
  readonly action: string;
  readonly snaps: readonly string[];
  readonly channel: string;
  readonly revision: string;
  readonly cohort: string;
  readonly leaveCohort: boolean;
  readonly flags: SnapFlags;
  readonly ignoreRunning: boolean;
  readonly amend: boolean;
  readonly purge: boolean;
  readonly terminate: boolean;
  readonly prefer: boolean;
  readonly transaction: Transaction;
  readonly time: string;
  readonly holdLevel: string;
  /** Whose data is saved; of all where there are none. */
  readonly users: readonly string[];
  /** What is not saved, by snap. */
  readonly exclude: Readonly<Record<string, readonly string[]>>;
}

export type Transaction = 'per-snap' | 'all-snaps' | '';

/** Asked for by the name of a feature that is not here: to pass them over would do something else than was asked for. */
const unsupported = ['components', 'quota-group', 'validation-sets'] as const;

/** @param names those in the path of the request; the body's where there are none there */
export function readInstruction(body: JsonObject, names?: readonly string[]): Instruction {
  const fields = fieldsOf(body, 'snap instruction');
  for (const key of unsupported) {
    if (!fields.isEmpty(key)) {
      throw new Refusal(400, `cannot ${fields.text('action')} snaps with "${key}": it is not supported`);
    }
  }
  const devmode = fields.flag('devmode');
  const jailmode = fields.flag('jailmode');
  const classic = fields.flag('classic');
  const ignoreValidation = fields.flag('ignore-validation');
  return {
    action: fields.text('action'),
    snaps: names ?? fields.texts('snaps'),
    channel: fields.text('channel'),
    revision: revisionIn(fields),
    cohort: fields.text('cohort-key'),
    leaveCohort: fields.flag('leave-cohort'),
    flags: {
      ...(devmode ? { devmode } : {}),
      ...(jailmode ? { jailmode } : {}),
      ...(classic ? { classic } : {}),
      ...(ignoreValidation ? { ignoreValidation } : {}),
    },
    ignoreRunning: fields.flag('ignore-running'),
    amend: fields.flag('amend'),
    purge: fields.flag('purge'),
    terminate: fields.flag('terminate'),
    prefer: fields.flag('prefer'),
    transaction: readTransaction(fields.text('transaction')),
    time: fields.text('time'),
    holdLevel: fields.text('hold-level'),
    users: fields.texts('users'),
    exclude: excludesIn(fields.object('snapshot-options')),
  };
}

export function readTransaction(value: string): Transaction {
  if (value === '' || value === 'per-snap' || value === 'all-snaps') return value;
  throw new Refusal(400, `invalid value for transaction type: ${value}`);
}

function excludesIn(options: JsonObject): Instruction['exclude'] {
  return Object.fromEntries(
    Object.keys(options).map((snap) => [
      snap,
      fieldsOf(fieldsOf(options, 'snapshot options').object(snap), 'snapshot options').texts('exclude'),
    ]),
  );
}

/** A number is taken, too, as snapd does. */
function revisionIn(fields: Fields): string {
  const revision = fields.textOrNumber('revision');
  if (revision === unsetRevision || revision === '') return '';
  if (isRevision(revision)) return revision;
  throw new Refusal(400, `cannot decode request body into snap instruction: invalid snap revision: "${revision}"`);
}

/** @throws Refusal 400 with snapd's text */
export function checkInstruction(instruction: Instruction): void {
  const { action, snaps, channel, revision, cohort, leaveCohort, transaction, time, holdLevel, exclude } = instruction;
  const refuse = (text: string): never => {
    throw new Refusal(400, text);
  };
  if (cohort !== '' && !['install', 'refresh', 'switch'].includes(action)) {
    refuse('cohort-key can only be specified for install, refresh, or switch');
  }
  if (leaveCohort && !['refresh', 'switch'].includes(action)) {
    refuse('leave-cohort can only be specified for refresh or switch');
  }
  if (action === 'install' && snaps.includes('ubuntu-core')) {
    refuse('cannot install "ubuntu-core", please use "core" instead');
  }
  if (transaction !== '' && !['install', 'refresh'].includes(action)) {
    refuse(`transaction type is unsupported for "${action}" actions`);
  }
  if (action === 'hold') checkHold(instruction);
  else if (time !== '') refuse('time can only be specified for the "hold" action');
  else if (holdLevel !== '') refuse('hold-level can only be specified for the "hold" action');
  if (action !== 'snapshot' && Object.keys(exclude).length > 0) {
    refuse('snapshot-options can only be specified for snapshot action');
  }
  if (cohort !== '' && leaveCohort) refuse('cannot specify both cohort-key and leave-cohort');
  if (cohort !== '' && revision !== '') refuse('cannot specify both cohort-key and revision');
  if (channel !== '') checkChannel(channel);
  if (['enable', 'disable', 'switch'].includes(action) && revision !== '') refuse(`${action} takes no revision`);
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** @throws Refusal 400 where it is not said until when, or from what */
export function checkHold(instruction: Pick<Instruction, 'time' | 'holdLevel'>): {
  readonly until: Date | 'forever';
  readonly level: HoldLevel;
} {
  const { time, holdLevel } = instruction;
  if (time === '') throw new Refusal(400, 'hold action requires a non-empty time value');
  const until = time === 'forever' ? time : new Date(rfc3339.test(time) ? time : Number.NaN);
  if (until !== 'forever' && Number.isNaN(until.getTime())) {
    const text = `hold action requires time to be "forever" or in RFC3339 format: cannot parse ${JSON.stringify(time)}`;
    throw new Refusal(400, text);
  }
  if (holdLevel === '') throw new Refusal(400, 'hold action requires a non-empty hold-level value');
  if (holdLevel !== 'auto-refresh' && holdLevel !== 'general') {
    throw new Refusal(400, 'hold action requires hold-level to be either "auto-refresh" or "general"');
  }
  return { until, level: holdLevel };
}
