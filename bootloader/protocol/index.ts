/** The env boot protocol: variables, state, operations as ordered durable writes, and the boot script's decisions. */
export { type BootedFacts, parseCommandLine } from './cmdline.ts';
export { ProtocolError, type ProtocolErrorCode } from './errors.ts';
export { exportedBytes, readVars } from './exchange.ts';
export { keepRevisions, mayCollect } from './keep.ts';
export { type BootDevice, participates, type SnapIdentity } from './participants.ts';
export { type TrialPhase, trialPhase } from './phase.ts';
export { adopt, cancel, confirm, placeBytes, recordVars, repair, revert, stage } from './plan.ts';
export {
  runScript,
  type ScriptRule,
  type ScriptRun,
  type ScriptStart,
  type ScriptWorld,
  type UnfinishedStarts,
} from './script.ts';
export { type BootState, type Copy, readBootState } from './state.ts';
export { adoptVars, confirmVars, DEFAULT_ATTEMPTS, endedTrial, type StageOptions, stageVars } from './transitions.ts';
export {
  type BootPlan,
  type BootWrite,
  type Medium,
  PLACE_BYTES,
  PLACES,
  type Place,
  SLOTS,
  type Slot,
  type SlotNames,
  type Vars,
} from './types.ts';
export { isEmpty, overlay, type Role, STARTS_VARIABLE, sameSlots, slotsOf } from './variables.ts';
