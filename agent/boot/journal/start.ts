/** What the agent knows when it starts. */
import type { BootState } from '../../../bootloader/protocol/index.ts';
import type { Trace, VerdictRecord } from '../evidence.ts';
import type { BootFacts } from '../facts.ts';

/** Read before anything of it is put right or blanked. */
export interface BootStart {
  readonly facts: BootFacts;
  /** `BootEnv.state()` */
  readonly state: BootState;
  /** `BootEnv.trace()` */
  readonly trace: Trace | undefined;
  /** `BootEnv.verdict()` */
  readonly verdict: VerdictRecord | undefined;
  readonly uptimeSeconds: number;
}
