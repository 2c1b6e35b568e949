// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of U-Boot's shell
/** One-line faults of the boot script, each with the few states that must tell it from the real one. */

export interface Mutation {
  readonly name: string;
  /** Text of the script that occurs once, and what stands there instead. */
  readonly from: string;
  readonly to: string;
  /** Titles of picked states, each after its class and a colon. */
  readonly states: readonly string[];
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a trial starts though it could not be saved',
    from: 'else setenv hf_rule not-saved; fi',
    to: 'else setenv hf_rule try; fi',
    states: ['rule not-saved: the other copy cannot be written', 'writes to B are lost: armed'],
  },
  {
    name: 'what was written is not read back',
    from: 'cmp.b ${hf_buf} ${hf_back} 1000',
    to: 'true',
    states: ['writes to B are lost: armed'],
  },
  {
    name: 'a full environment is saved cut off',
    from: 'if test "${hf_end}" = "0"; then if virtio write',
    to: 'if true; then if virtio write',
    states: ['rule not-saved: a full environment'],
  },
  {
    name: 'the copy that was taken is written',
    from: 'setenv hf_lba ${hf_lba_b}; setenv hf_other b',
    to: 'setenv hf_lba ${hf_lba_a}; setenv hf_other b',
    states: ['rule try: a kernel, from A'],
  },
  {
    name: 'a saved copy keeps its generation',
    from: 'setenv snap_gen ${hf_gen_next}; if',
    to: 'if',
    states: ['rule after-trial: in A'],
  },
  {
    name: 'the older copy is taken',
    from: 'elif test "${hf_gen_b}" = "${hf_gen_next}"; then setenv hf_copy b; fi; fi',
    to: 'elif test "${hf_gen_b}" != "${hf_gen_next}"; then setenv hf_copy b; fi; fi',
    states: ['generations "0" "1": other kernels', 'generations "1" "0": other kernels'],
  },
  {
    name: 'variables of the copy read before are kept',
    from: "setenv hf_import 'run hf_clear; if",
    to: "setenv hf_import 'if",
    states: ['rule default: what the older copy alone has is not taken over'],
  },
  {
    name: 'what a refused image left is kept',
    from: 'else run hf_clear; false; fi; else false; fi',
    to: 'else false; fi; else false; fi',
    states: ['mark refused half read: a mark of a failed good set'],
  },
  {
    name: 'values that are not plain are taken',
    from: 'then run hf_check; true; else',
    to: 'then true; else',
    states: ['hostile: one value by hand: a quoted mode', 'hostile: one value by hand: a count in quotes'],
  },
  {
    name: 'a set without a base is a copy',
    from: 'then test -n "${snap_core}"; else',
    to: 'then true; else',
    states: ['rule record: copies name no set'],
  },
  {
    name: 'attempts are not counted',
    from: 'setenv snap_try_left 2; elif',
    to: 'setenv snap_try_left 3; elif',
    states: ['rule try: a kernel, from A'],
  },
  {
    name: 'a trial without attempts starts',
    from: 'elif test "${snap_try_left}" = "0"; then',
    to: 'elif test "${snap_try_left}" = "none"; then',
    states: ['cause no-attempts: no attempt left'],
  },
  {
    name: 'a kernel that is missing is not missed',
    from: 'setenv hf_file ${snap_try_kernel}/kernel.img; if run hf_has; then true',
    to: 'setenv hf_file ${snap_try_kernel}/kernel.img; if true; then true',
    states: ['cause missing-kernel: no kernel'],
  },
  {
    name: 'an empty initrd is started',
    from: 'then if test "${filesize}" != "0"; then setenv bootargs',
    to: 'then if true; then setenv bootargs',
    states: ['previous: the good set does not start: an empty initrd'],
  },
  {
    name: 'a trial does not say that it is one',
    from: 'setenv hf_trial holdfast.trial=1',
    to: 'setenv hf_trial',
    states: ['rule try: a kernel, from A'],
  },
  {
    name: 'a gadget to try is not tried',
    from: 'if test -n "${snap_try_gadget}"; then setenv hf_gadget "${snap_try_gadget}"; fi',
    to: 'true',
    states: ['rule try: a gadget', 'rule try: all three'],
  },
  {
    name: 'a trial that cannot be loaded leaves no cause',
    from: 'setenv snap_try_cause load-failed\n  run hf_note',
    to: 'setenv snap_try_cause load-failed',
    states: ['cause load-failed: no kernel in its file'],
  },
  {
    name: 'the mode "trying" stays',
    from: 'elif test "${snap_mode}" = "trying"; then\n    setenv snap_mode\n    run hf_save',
    to: 'elif test "${snap_mode}" = "trying"; then',
    states: ['rule after-trial: in A'],
  },
  {
    name: 'an unknown mode stays',
    from: 'elif test -n "${snap_mode}"; then',
    to: 'elif test -n "${hf_never}"; then',
    states: ['rule unknown-status: tried, as in the other protocol'],
  },
  {
    name: 'the record may start a trial',
    from: 'setenv hf_copy record; setenv snap_mode;',
    to: 'setenv hf_copy record;',
    states: ['rule record: a record with a mode'],
  },
  {
    name: 'the backup script tries',
    from: 'if test "${hf_script}" = "backup"; then',
    to: 'if test "${hf_script}" = "none"; then',
    states: ['rule backup-script: armed', 'rule backup-script: trying'],
  },
  {
    name: 'unfinished starts are not counted',
    from: '    run hf_count\n',
    to: '',
    states: ['unfinished starts 1: nothing is tried'],
  },
  {
    name: 'the good set starts once more than three times',
    from: 'elif test "${hf_starts}" = "3"; then\n  echo',
    to: 'elif test "${hf_starts}" = "4"; then\n  echo',
    states: ['previous: three unfinished starts: nothing is tried'],
  },
  {
    name: 'a trial goes on with the count of the good set',
    from: '  run hf_count_stop\n',
    to: '',
    states: ['rule try: after three unfinished starts'],
  },
  {
    name: 'after a trial that was not kept starts are not counted',
    from: 'if test "${hf_starts}" = "trial"; then if',
    to: 'if test "${hf_starts}" = "none"; then if',
    states: ['unfinished starts trial: a trial failed'],
  },
  {
    name: 'after a trial that was kept starts are counted',
    from: 'if test -n "${snap_try_kernel}${snap_try_core}${snap_try_gadget}"; then setenv hf_starts 0; fi',
    to: 'if true; then setenv hf_starts 0; fi',
    states: ['unfinished starts trial: nothing is tried'],
  },
  {
    name: 'a torn count is none',
    from: '"${hf_torn}" = "735f6668"',
    to: '"${hf_torn}" = "0"',
    states: ['torn: the count of starts: after 4 bytes'],
  },
  {
    name: 'any block that is no count begins one',
    from: '"${hf_torn}" = "735f6668"',
    to: '"${hf_torn}" != "0"',
    states: ['torn: the count of starts: over an erased block, of which the name did not come'],
  },
  {
    name: 'the previous set is tried again and again',
    from: 'else setenv snap_mark prev-tried; fi\n    run hf_note',
    to: 'else setenv snap_mark prev-tried; fi',
    states: ['previous: marked: the good set did not mount'],
  },
  {
    name: 'the fourth word of the previous set is its gadget',
    from: 'elif test -z "${hf_gadget}"; then setenv hf_gadget ${w}; fi',
    to: 'else setenv hf_gadget ${w}; fi',
    states: ['previous with a fourth word: the good set did not mount'],
  },
  {
    name: 'a retry does not leave its mark',
    from: 'else setenv snap_mark retry-1; fi\n    run hf_note',
    to: 'else setenv snap_mark retry-1; fi',
    states: ['rule retry: after the first wait'],
  },
  {
    name: 'the rescue does not try the previous set again',
    from: 'elif test "${snap_mark}" = "retry-1"; then\n  setenv hf_previous 1',
    to: 'elif test "${snap_mark}" = "retry-1"; then\n  setenv hf_rescue 2',
    states: ['previous: after wait 1: the good set was tried again'],
  },
  {
    name: 'the rescue tries the previous set without end',
    from: 'then setenv snap_mark last-${hf_after_failure}; else',
    to: 'then true; else',
    states: ['previous: after wait 2: the good set was tried again'],
  },
  {
    name: 'rescue does not wait longer',
    from: 'elif test "${snap_mark}" = "wait-2"; then\n  setenv hf_after_failure 3',
    to: 'elif test "${snap_mark}" = "wait-2"; then\n  setenv hf_after_failure 2',
    states: ['rescue 3: after two waits, nothing starts'],
  },
  {
    name: 'rescue leaves no mark',
    from: 'setenv snap_mark wait-${hf_rescue}\nrun hf_note',
    to: 'setenv snap_mark wait-${hf_rescue}',
    states: ['rescue 1: neither good nor previous starts'],
  },
  {
    name: 'of two disks the second counts',
    from: 'for d in 3 2 1 0; do',
    to: 'for d in 0 1 2 3; do',
    states: ['disks: a second disk, a copy with other variables'],
  },
  {
    name: 'nothing resets a kernel that panics',
    from: 'gpt panic=5 ',
    to: 'gpt ',
    states: ['rule try: a kernel, from A'],
  },
];
