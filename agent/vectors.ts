/**
 * The vectors of snapd's behaviour (`lifecycle-vectors.md`) that no test here names, each with its reason. Those about plans and
 * records are in `snaps/plan/vectors-left.ts`.
 */

/**
 * How many vectors each section has. The tables are not in it: H.1 and H.2 are tested in `images/snap/schedule/parse.test.ts`,
 * M.1 in `images/snap/text.test.ts`; H.3 (the next run) comes with automatic refreshes.
 */
export const vectorSections: Readonly<Record<string, number>> = {
  ...{ A: 16, B: 38, C: 25, D: 13, E: 21, F: 13, G: 27, I: 26, J: 10, K: 47, L: 47, M: 14 },
};

export interface VectorsElsewhere {
  /** Separated by blanks. */
  readonly vectors: string;
  /**
   * `tested`: under another name, in these files. `later`: nothing of it is here yet. `not-ours`: the device has no such thing,
   * or does it another way.
   */
  readonly kind: 'tested' | 'later' | 'not-ours';
  readonly files?: readonly string[];
  readonly reason: string;
}

export const vectorsElsewhere: readonly VectorsElsewhere[] = [
  {
    vectors: 'B29 B38',
    kind: 'tested',
    files: ['snaps/life/faults.test.ts', 'snaps/life/link.test.ts'],
    reason: 'a link or unlink that fails half-way at any of its writes leaves all as it was',
  },
  { vectors: 'B31', kind: 'not-ours', reason: 'the agent is a snap of its own; there is no snapd snap' },
  {
    vectors: 'F4 F5',
    kind: 'tested',
    files: ['snaps/life/twice.test.ts', 'device/twice.test.ts'],
    reason: 'every task and every undo runs twice',
  },
  {
    vectors: 'G1 G2 G3 G7 G25',
    kind: 'tested',
    files: ['device/together.test.ts', 'device/recover.test.ts', 'power-cut.test.ts'],
    reason: 'trials of base, kernel and gadget through the whole device, kept and taken back',
  },
  { vectors: 'G5 G6', kind: 'later', reason: 'the boot protocol of UC20 and later comes with those images' },
  { vectors: 'G18', kind: 'later', reason: 'no request can ask for an immediate restart' },
  { vectors: 'G19', kind: 'not-ours', reason: 'a gadget has a slot of its own and is always tried with a reboot' },
  { vectors: 'G26', kind: 'later', reason: 'there is no install or recovery mode' },
  { vectors: 'G27', kind: 'not-ours', reason: 'there is no snapd snap' },
  {
    vectors: 'I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I13 I14 I15 I16 I17 I18 I19 I20 I21 I26',
    kind: 'later',
    reason: 'automatic refresh asks a store; holds and inhibition times are data so far',
  },
  {
    vectors: 'J1 J6',
    kind: 'tested',
    files: ['snaps/life/run-hook.test.ts'],
    reason: 'a hook that fails undoes its change, with what it printed',
  },
  {
    vectors: 'J2',
    kind: 'tested',
    files: ['snaps/life/run-hook-file.test.ts'],
    reason: 'a hook has its time',
  },
  {
    vectors: 'J3 J4 J5 J7 J8 J9 J10',
    kind: 'later',
    reason: 'snapctl, ignoring errors and health records come with confinement',
  },
  { vectors: 'K9 K10', kind: 'not-ours', reason: 'a handler returns its end; it cannot set its own status' },
  {
    vectors: 'K37 K38',
    kind: 'not-ours',
    reason:
      'a commit that is refused is not made again by itself: its change stands still until the next request or start (engine/runner.test.ts, device/stuck.test.ts)',
  },
  {
    vectors: 'K39',
    kind: 'tested',
    files: ['device/open-state.test.ts'],
    reason: 'a state that cannot be read is made whole from its checkpoints and the files, and what was lost is said',
  },
  { vectors: 'K40', kind: 'tested', files: ['system/lock.test.ts', 'daemon.test.ts'], reason: 'one owner at a time' },
  {
    vectors: 'K41 K42 L6 L6a',
    kind: 'tested',
    files: ['device/recover.test.ts', 'device/attempts.test.ts'],
    reason: 'a reboot that did not happen is asked for again; how often is counted by the boot script',
  },
  { vectors: 'K47', kind: 'not-ours', reason: 'there are no classic systems' },
  { vectors: 'L3', kind: 'not-ours', reason: 'a device that answers is worth more: each request says what is refused' },
  { vectors: 'L4', kind: 'later', reason: 'there are no warnings' },
  { vectors: 'L5', kind: 'not-ours', reason: 'a trial begins at once' },
  { vectors: 'L7', kind: 'later', reason: 'the daemon does not leave when idle yet' },
  {
    vectors: 'L8 L9 L10 L11',
    kind: 'tested',
    files: ['api/api.test.ts'],
    reason: 'who asks is known from the kernel; there are no macaroons, and no socket for snaps yet',
  },
  {
    vectors: 'L19 L20 L21 L22 L23 L24',
    kind: 'tested',
    files: ['api/snap-actions.test.ts'],
    reason: 'snapd’s answers to requests that cannot be meant',
  },
  {
    vectors: 'L35',
    kind: 'tested',
    files: ['api/multipart.test.ts'],
    reason: 'text fields of forms are bounded; the error names the bound',
  },
  { vectors: 'L37', kind: 'later', reason: 'trying a directory is refused as a whole' },
  { vectors: 'L38', kind: 'tested', files: ['api/conf.test.ts'], reason: 'options are read and set' },
  { vectors: 'L39 L40', kind: 'later', reason: 'connections come with confinement' },
  {
    vectors: 'L42',
    kind: 'tested',
    files: ['api/api.test.ts'],
    reason: 'the answer to what starts a change has a result, which is null',
  },
  {
    vectors: 'L43',
    kind: 'not-ours',
    reason: 'no answer here names a resource; what is started is named by its change',
  },
  { vectors: 'L45 L46 L47', kind: 'later', reason: 'services are not started by request, and logs not read, yet' },
];
