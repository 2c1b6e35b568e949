/**
 * Where plans and records differ from snapd's behaviour (`lifecycle-vectors.md`) on purpose, and what other parts answer. A
 * test holds that every vector about plans is either tested here or in this list, with its reason.
 */

export interface VectorLeft {
  readonly vector: string;
  /** `different`: tested with our own result. `elsewhere`: nothing of it is decided by a plan or a record. */
  readonly kind: 'different' | 'elsewhere';
  readonly reason: string;
}

const late = 'what cannot be taken back is done after the health check: a change that fails has lost nothing';
const oneReboot = 'base, gadget and kernel are tried together in one reboot on every device, by either boot protocol';

export const vectorsLeft: readonly VectorLeft[] = [
  { vector: 'A2', kind: 'different', reason: `${late}; so clear-snap, discard-snap and cleanup come last` },
  { vector: 'A14', kind: 'different', reason: `${late}; so the old driver tree goes after check-health` },
  { vector: 'A15', kind: 'different', reason: 'no keys are sealed here, so there is no check-reseal' },
  { vector: 'C3', kind: 'different', reason: `${late}: [1,2,3] cur 3` },
  { vector: 'C8', kind: 'different', reason: `${late}: [1,2,3] cur 2` },
  { vector: 'C16', kind: 'different', reason: `${late}: the trash is there until the change is over, and is put back` },
  { vector: 'C25', kind: 'different', reason: 'discarding moves to the trash and can be undone: [1,2,3,4] cur 4' },
  {
    vector: 'E10',
    kind: 'different',
    reason: 'revisions that were discarded before the failure come back, too: [1,2]',
  },
  {
    vector: 'E11',
    kind: 'different',
    reason: 'data is in the trash until the change is over: the snap is active again',
  },
  { vector: 'G12', kind: 'different', reason: oneReboot },
  {
    vector: 'G16',
    kind: 'different',
    reason: `${oneReboot}; a gadget has a slot of its own, so it is tried alone as well`,
  },
  {
    vector: 'B1',
    kind: 'elsewhere',
    reason: 'installing by name asks a store; a file over an installed snap refreshes it',
  },
  { vector: 'D11', kind: 'elsewhere', reason: 'configuration is saved and restored by the handler of link-snap' },
  { vector: 'E9', kind: 'elsewhere', reason: 'configuration is removed by the handler of discard-snap' },
  {
    vector: 'E19',
    kind: 'elsewhere',
    reason: 'directories that instances share are kept by the handler of clear-snap',
  },
];

/** What a plan of snapd has and ours has not. */
export const tasksLeft: readonly { readonly kind: string; readonly reason: string }[] = [
  { kind: 'check-rerefresh', reason: 'hops over epochs ask a store what comes next' },
  {
    kind: 'process-delayed-security-backend-effects',
    reason: 'profiles of other snaps are renewed by the task that changes them',
  },
  { kind: 'check-reseal', reason: 'no keys are sealed here' },
  { kind: 'update-cert-db', reason: 'certificates belong to the base' },
  { kind: 'quota-add-snap', reason: 'there are no quota groups' },
];
