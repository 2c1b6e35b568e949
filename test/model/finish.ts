/** How a trial ends in log and environment: the order of `agent/device/finish.ts`, over a state. */
import { ProtocolError } from '../../bootloader/protocol/index.ts';
import { applied, CONFIRMED, knownTrial, REVERTED, settled } from './change.ts';
import type { Run } from './run.ts';

export function finishConfirmed(run: Run): void {
  if (run.model.system.habits.mendsFirst) mend(run);
  decideOn(run, CONFIRMED, 'confirmed');
  settle(run);
}

export function finishReverted(run: Run): void {
  const { d, model } = run;
  if (!model.system.habits.decidesFirst) applied(run, 'revert', model.protocol.plan(d, 'revert', 0));
  decideOn(run, REVERTED, 'reverted');
  settle(run);
}

function decideOn(run: Run, outcome: number, word: string): void {
  const { d, model } = run;
  knownTrial(run);
  model.checks.decide(run, outcome);
  run.atomic(`commit trial: ${word}`, () => {
    d.outcome = outcome;
  });
}

/** The environment follows what the log says. */
export function settle(run: Run): void {
  const { d, model } = run;
  if (d.outcome === REVERTED) applied(run, 'revert', model.protocol.plan(d, 'revert', 0));
  run.atomic('commit trial: settled', () => settled(d));
}

export function finishFellBack(run: Run): void {
  const { d, model } = run;
  run.atomic('commit trial: fell-back', () => {});
  applied(run, 'adopt', model.protocol.plan(d, 'adopt', d.ran), () => {
    d.fellBack = Number(d.outcome !== 0);
  });
}

/** What cannot be written now stays as it is until the next start. */
export function mend(run: Run): void {
  try {
    applied(run, 'repair', run.model.protocol.plan(run.d, 'repair', 0));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}
