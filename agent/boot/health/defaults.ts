/**
 * Every number and weight of health, as they are where nobody says otherwise. The intervals are those of a board with a twentieth
 * of a PC's speed: asking systemd about thirty services takes it a tenth of a second.
 */
import type { CheckPolicy, HealthPolicy } from './model.ts';

/** How often systemd restarts a service before that is a crash loop, counted from when all was well. */
export const crashLoopRestarts = 4;

const commandSeconds = 30;

/** How commands of snaps are run; their weight is that of the directory they are in. */
export const commandTimes = { intervalSeconds: 30, timeoutSeconds: commandSeconds + 5 };

const check = (
  kind: Exclude<CheckPolicy['kind'], 'command'>,
  weight: CheckPolicy['weight'],
  intervalSeconds: number,
  timeoutSeconds: number,
): CheckPolicy => ({ id: kind, kind, weight, intervalSeconds, timeoutSeconds });

export const defaultPolicy: HealthPolicy = {
  target: 'default.target',
  deadlineSeconds: 300,
  marginSeconds: 5,
  settleSeconds: 30,
  // A slow name server or modem must not cost a good update.
  patienceSeconds: 120,
  checks: [
    check('target', 'required', 3, 10),
    check('baseline', 'required', 10, 30),
    check('services', 'required', 10, 30),
    check('durable-write', 'required', 15, 30),
    check('link', 'required', 5, 10),
    check('clock', 'wanted', 60, 10),
    check('network', 'wanted', 60, 15),
    check('store', 'wanted', 60, 30),
  ],
  commandWeights: {},
  commandLimits: { seconds: commandSeconds, outputBytes: 16_384, memoryMiB: 64 },
  storeUrl: '',
};
