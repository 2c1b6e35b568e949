# Holdfast's boot script for U-Boot (env protocol): decides which kernel, base and gadget boot, and says so to the kernel.
# The same decisions, as a pure function that the agent and the tests use: bootloader/protocol/script.ts.
# Stock commands only. Rules that every line keeps:
#  - what boots is named good by a readable record, or is a trial whose start was saved and read back first;
#  - variables that are saved (snap_*) are never overwritten with what this boot happens to use (hf_*);
#  - every path ends in a kernel, a reset, or the rescue wait, which ends in a reset. Never a prompt.

# --- where things are -------------------------------------------------------------------------------------------------
blkcache configure 0 0
# The first disk counts where several have the partition, as it does for U-Boot's own bootcmd and for the initramfs.
setenv hf_dev
for d in 3 2 1 0; do if part start virtio ${d} hf-env-a hf_la; then setenv hf_dev ${d}; fi; done
if test -z "${hf_dev}"; then echo "holdfast: no disk with a partition hf-env-a, reset in 60 s"; sleep 60; reset; fi
virtio dev ${hf_dev}
part start virtio ${hf_dev} hf-env-a hf_lba_a
part start virtio ${hf_dev} hf-env-b hf_lba_b
part start virtio ${hf_dev} hf-good hf_lba_good
part start virtio ${hf_dev} hf-mark hf_lba_mark
setexpr hf_lba_starts ${hf_lba_mark} + 8
part number virtio ${hf_dev} system-boot hf_part
setenv hf_buf ${kernel_addr_r}
setexpr hf_back ${hf_buf} + 10000
setexpr hf_last ${hf_buf} + ffe
# Ten names are the most that one command of stock U-Boot can export.
setenv hf_list snap_mode snap_kernel snap_try_kernel snap_core snap_try_core snap_gadget snap_try_gadget snap_try_left snap_prev snap_gen
setenv hf_notes snap_mark snap_try_cause

# --- routines ---------------------------------------------------------------------------------------------------------
# hf_import: the image at ${hf_lba} into the variables ${hf_names}; fails on a bad read or a bad CRC. The variables are cleared
# first: U-Boot keeps those that an image does not have. A value that the shell could read something into is cleared too:
# U-Boot's regular expressions work on the variable itself, and know no ranges.
setenv hf_alnum abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789
setenv hf_plain "^([${hf_alnum}][${hf_alnum}._+ -]*)\$"
setenv hf_clear 'for v in ${hf_names}; do setenv ${v}; done'
setenv hf_check 'for v in ${hf_names}; do if env exists ${v}; then if setexpr ${v} sub "${hf_plain}" "\\\\1"; then true; else setenv ${v}; fi; fi; done'
setenv hf_import 'run hf_clear; if virtio read ${hf_buf} ${hf_lba} 8; then if env import -c ${hf_buf} 1000 ${hf_names}; then run hf_check; true; else run hf_clear; false; fi; else false; fi'
# hf_read: a copy or the record; fails too on a set without kernel or base.
setenv hf_read 'setenv hf_names "${hf_list}"; if run hf_import; then if test -n "${snap_kernel}"; then test -n "${snap_core}"; else false; fi; else false; fi'
setenv hf_next 'if test "${hf_gen}" = "0"; then setenv hf_gen_next 1; elif test "${hf_gen}" = "1"; then setenv hf_gen_next 2; else setenv hf_gen_next 0; fi'
# hf_write: exports ${hf_what} to ${hf_lba}, reads it back from the medium, compares. `env export` takes no notice of its size:
# what is too long goes on behind the block, which then does not end with two zeros.
setenv hf_write 'if env export -c -s 1000 ${hf_buf} ${hf_what}; then mw.b ${hf_back} 55 1000; setexpr.w hf_end *${hf_last}; if test "${hf_end}" = "0"; then if virtio write ${hf_buf} ${hf_lba} 8; then if virtio read ${hf_back} ${hf_lba} 8; then cmp.b ${hf_buf} ${hf_back} 1000; else false; fi; else false; fi; else false; fi; else false; fi'
# hf_save: the variables into the copy that they did not come from, one generation on; that copy is the newer one then.
setenv hf_save 'setenv hf_gen "${snap_gen}"; run hf_next; setenv snap_gen ${hf_gen_next}; if test "${hf_copy}" = "a"; then setenv hf_lba ${hf_lba_b}; setenv hf_other b; else setenv hf_lba ${hf_lba_a}; setenv hf_other a; fi; setenv hf_what "${hf_list}"; if run hf_write; then setenv hf_copy ${hf_other}; echo "holdfast: saved copy ${hf_other} generation ${snap_gen} mode ${snap_mode}"; else echo "holdfast: cannot save copy ${hf_other}"; false; fi'
# hf_note: leaves ${snap_mark} and ${snap_try_cause} for the next boot and for the agent.
setenv hf_note 'setenv hf_lba ${hf_lba_mark}; setenv hf_what "${hf_notes}"; if run hf_write; then echo "holdfast: noted mark=${snap_mark} cause=${snap_try_cause}"; else echo "holdfast: cannot note mark=${snap_mark} cause=${snap_try_cause}"; fi'
setenv hf_has 'test -e virtio ${hf_dev}:${hf_part} ${hf_file}'
# hf_give_up: the trial is over before it began, for ${snap_try_cause}.
setenv hf_give_up 'run hf_note; setenv snap_mode; run hf_save; setenv hf_rule not-started; echo "holdfast: trial not started: ${snap_try_cause}"'
setenv hf_use_good 'setenv hf_kernel "${snap_kernel}"; setenv hf_core "${snap_core}"; setenv hf_gadget "${snap_gadget}"'
# hf_use_previous: snap_prev is "KERNEL BASE" or "KERNEL BASE GADGET".
setenv hf_use_previous 'setenv hf_kernel; setenv hf_core; setenv hf_gadget; for w in ${snap_prev}; do if test -z "${hf_kernel}"; then setenv hf_kernel ${w}; elif test -z "${hf_core}"; then setenv hf_core ${w}; elif test -z "${hf_gadget}"; then setenv hf_gadget ${w}; fi; done'
# hf_count: one start more of the good set. Only an initramfs that ran to its end sets the count to 0, and where none ever did
# (another kernel snap's, an unreadable medium) nothing is counted: a good set must not be left for what it does not know.
# After a trial that was not kept the count begins anew: the good set is the one that knew it.
setenv hf_count 'if test "${hf_starts}" = "trial"; then if test -n "${snap_try_kernel}${snap_try_core}${snap_try_gadget}"; then setenv hf_starts 0; fi; fi; if test "${hf_starts}" = "0"; then setenv hf_starts 1; elif test "${hf_starts}" = "1"; then setenv hf_starts 2; elif test "${hf_starts}" = "2"; then setenv hf_starts 3; else setenv hf_starts; fi; if test -n "${hf_starts}"; then setenv hf_lba ${hf_lba_starts}; setenv hf_what hf_starts; run hf_write; fi'
# hf_count_stop: a trial may bring an initramfs that does not know the count; one that knows it sets it to 0 again.
setenv hf_count_stop 'if test -n "${hf_starts}"; then setenv hf_starts trial; setenv hf_lba ${hf_lba_starts}; setenv hf_what hf_starts; run hf_write; fi'
# The hardware watchdog (i6300esb at 00:02.0 of this platform), started where it exists: 15 s, then 15 s more, then a reset.
# It is locked: until the reset nothing can stop it, neither the driver when it is loaded nor the kernel when it restarts.
setenv hf_wd_on 'setexpr.l hf_id *0x4010010000; if test "${hf_id}" = "25ab8086"; then setexpr.l hf_bar *0x4010010010; setexpr hf_t2 ${hf_bar} + 4; setexpr hf_rl ${hf_bar} + c; pci write.w 00.02.00 60 3; mw.w ${hf_rl} 80; mw.w ${hf_rl} 86; mw.l ${hf_bar} 3a98; mw.w ${hf_rl} 80; mw.w ${hf_rl} 86; mw.l ${hf_t2} 3a98; run hf_wd_kick; pci write.b 00.02.00 68 3; echo "holdfast: watchdog started"; fi'
setenv hf_wd_kick 'if test -n "${hf_rl}"; then mw.w ${hf_rl} 80; mw.w ${hf_rl} 86; mw.w ${hf_rl} 100; fi'
# `gpt`: Linux then takes the second partition table where the first is damaged, as U-Boot does.
# hf_start: loads ${hf_kernel}, ${hf_core}, ${hf_gadget} and starts the kernel; comes back only when that failed.
setenv hf_start 'echo "holdfast: rule=${hf_rule} copy=${hf_copy} kernel=${hf_kernel} core=${hf_core} gadget=${hf_gadget}"; setenv gadget_args; if test -n "${hf_gadget}"; then if load virtio ${hf_dev}:${hf_part} ${hf_buf} ${hf_gadget}/gadget.env; then env import -t ${hf_buf} ${filesize} gadget_args; fi; fi; if load virtio ${hf_dev}:${hf_part} ${kernel_addr_r} ${hf_kernel}/kernel.img; then if load virtio ${hf_dev}:${hf_part} ${ramdisk_addr_r} ${hf_kernel}/initrd.img; then if test "${filesize}" != "0"; then setenv bootargs "console=ttyAMA0 gpt panic=5 watchdog.open_timeout=120 pstore.kmsg_bytes=65536 snap_core=${hf_core} snap_kernel=${hf_kernel} snap_gadget=${hf_gadget} holdfast.script=dual,good,prev,gadget,attempts,watchdog,mark${hf_able} holdfast.rule=${hf_rule} holdfast.copy=${hf_copy} ${hf_reset} ${hf_trial} ${gadget_args}"; run hf_wd_on; booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}; fi; fi; fi; echo "holdfast: cannot start ${hf_kernel}"; false'

# --- what RAM remembers -----------------------------------------------------------------------------------------------
# RAM outlives a reset, not a power cut: a word in it tells the one from the other, and Linux leaves the text of a panic below
# it (ramoops). Both lie between what is loaded, at the bottom of RAM, and U-Boot itself, at its top; the device tree keeps
# Linux out. That place exists from 384 MiB on. The word is written only when its page is reserved: a word that Linux could
# overwrite would call a crash a power cut. No boot hangs on any of this: a command that fails leaves the rest as it was.
setenv hf_reset
setenv hf_able
setenv hf_ram
if fdt addr ${fdt_addr}; then fdt get addr hf_ram /memory@40000000 reg; fi
if test -n "${hf_ram}"; then
  # The size is big-endian: its bytes of 4 GiB and of 16 MiB.
  setexpr hf_ram ${hf_ram} + b
  setexpr.b hf_4g *${hf_ram}
  setexpr hf_ram ${hf_ram} + 1
  setexpr.b hf_16m *${hf_ram}
  if itest ${hf_4g} -ge 1; then setenv hf_16m ff; fi
  if itest ${hf_16m} -ge 18; then
    fdt mknode / reserved-memory
    fdt set /reserved-memory "#address-cells" <2>
    fdt set /reserved-memory "#size-cells" <2>
    fdt set /reserved-memory ranges
    fdt mknode /reserved-memory ramoops@50000000
    fdt set /reserved-memory/ramoops@50000000 compatible ramoops
    fdt set /reserved-memory/ramoops@50000000 reg <0 0x50000000 0 0x100000>
    fdt set /reserved-memory/ramoops@50000000 record-size <0x10000>
    fdt set /reserved-memory/ramoops@50000000 ecc-size <16>
    fdt mknode /reserved-memory holdfast-word@50100000
    if fdt set /reserved-memory/holdfast-word@50100000 reg <0 0x50100000 0 0x1000>; then
      if fdt set /reserved-memory/holdfast-word@50100000 no-map; then
        setexpr.l hf_word *0x50100000
        mw.l 0x50100000 48464d31
        if test "${hf_word}" = "48464d31"; then setenv hf_word warm; else setenv hf_word cold; fi
        setenv hf_reset holdfast.reset=${hf_word}
        setenv hf_able ,reset
        echo "holdfast: reset=${hf_word}"
      fi
    fi
  fi
fi

# --- the newest valid copy --------------------------------------------------------------------------------------------
setenv hf_gen_a
setenv hf_gen_b
setenv hf_ok_a
setenv hf_ok_b
setenv hf_lba ${hf_lba_a}
if run hf_read; then setenv hf_ok_a 1; setenv hf_gen_a "${snap_gen}"; fi
setenv hf_lba ${hf_lba_b}
if run hf_read; then setenv hf_ok_b 1; setenv hf_gen_b "${snap_gen}"; fi
setenv hf_gen "${hf_gen_a}"
run hf_next
setenv hf_copy none
if test -n "${hf_ok_a}"; then setenv hf_copy a; setenv hf_lba ${hf_lba_a}; fi
if test -n "${hf_ok_b}"; then if test -z "${hf_ok_a}"; then setenv hf_copy b; elif test "${hf_gen_b}" = "${hf_gen_next}"; then setenv hf_copy b; fi; fi
if test "${hf_copy}" = "a"; then setenv hf_lba ${hf_lba_a}; run hf_read; fi
if test "${hf_copy}" = "b"; then setenv hf_lba ${hf_lba_b}; run hf_read; fi
if test -z "${hf_ok_a}"; then echo "holdfast: copy a is bad"; fi
if test -z "${hf_ok_b}"; then echo "holdfast: copy b is bad"; fi
if test "${hf_copy}" = "none"; then setenv hf_lba ${hf_lba_good}; if run hf_read; then setenv hf_copy record; setenv snap_mode; echo "holdfast: both copies are bad, last-good record used"; fi; fi
setenv hf_names "${hf_notes}"
setenv hf_lba ${hf_lba_mark}
run hf_import
setenv hf_names hf_starts
setenv hf_lba ${hf_lba_starts}
# A count that was torn begins anew: its name (hf_s) is there, its CRC is wrong. Without that name nobody ever counted.
mw.l ${hf_buf} 0 2
if run hf_import; then true; else setexpr hf_torn ${hf_buf} + 4; setexpr.l hf_torn *${hf_torn}; if test "${hf_torn}" = "735f6668"; then setenv hf_starts 0; fi; fi

# --- what to boot -----------------------------------------------------------------------------------------------------
setenv hf_trial
setenv hf_rule default
if test "${hf_copy}" = "record"; then setenv hf_rule record; fi
if test "${hf_copy}" != "none"; then
  if test "${hf_script}" = "backup"; then
    setenv hf_rule backup-script
  elif test "${snap_mode}" = "try"; then
    setenv snap_try_cause
    if test -z "${snap_try_kernel}${snap_try_core}${snap_try_gadget}"; then
      setenv snap_try_cause no-target
    elif test "${snap_try_left}" = "0"; then
      setenv snap_try_cause no-attempts
    else
      if test -n "${snap_try_gadget}"; then setenv hf_file ${snap_try_gadget}/gadget.env; if run hf_has; then true; else setenv snap_try_cause missing-gadget; fi; fi
      if test -n "${snap_try_kernel}"; then setenv hf_file ${snap_try_kernel}/initrd.img; if run hf_has; then true; else setenv snap_try_cause missing-initrd; fi; fi
      if test -n "${snap_try_kernel}"; then setenv hf_file ${snap_try_kernel}/kernel.img; if run hf_has; then true; else setenv snap_try_cause missing-kernel; fi; fi
    fi
    if test -n "${snap_try_cause}"; then
      run hf_give_up
    else
      setenv snap_mode trying
      if test "${snap_try_left}" = "3"; then setenv snap_try_left 2; elif test "${snap_try_left}" = "2"; then setenv snap_try_left 1; else setenv snap_try_left 0; fi
      if run hf_save; then setenv hf_rule try; setenv hf_trial holdfast.trial=1; else setenv hf_rule not-saved; fi
    fi
  elif test "${snap_mode}" = "trying"; then
    setenv snap_mode
    run hf_save
    setenv hf_rule after-trial
  elif test -n "${snap_mode}"; then
    setenv snap_mode
    run hf_save
    setenv hf_rule unknown-status
  fi
fi

# --- a trial: any failure resets, and the next boot finds the mode "trying" --------------------------------------------
if test "${hf_rule}" = "try"; then
  run hf_use_good
  if test -n "${snap_try_kernel}"; then setenv hf_kernel "${snap_try_kernel}"; fi
  if test -n "${snap_try_core}"; then setenv hf_core "${snap_try_core}"; fi
  if test -n "${snap_try_gadget}"; then setenv hf_gadget "${snap_try_gadget}"; fi
  run hf_count_stop
  run hf_start
  setenv snap_try_cause load-failed
  run hf_note
  reset
fi

# --- the good set; if it cannot be loaded or mounted, or dies three times before that is known, the previous one ---------
# After each wait of the rescue both are tried again, the good one first: what cut the last try short may have been the power.
setenv hf_after_failure
setenv hf_rescue
setenv hf_previous
if test "${hf_copy}" = "none"; then
  echo "holdfast: neither copy nor the last-good record can be read"
  setenv hf_rescue 1
elif test "${snap_mark}" = "good-failed"; then
  setenv hf_previous 1
elif test "${snap_mark}" = "prev-tried"; then
  setenv hf_rescue 1
elif test "${snap_mark}" = "last-2"; then
  setenv hf_rescue 2
elif test "${snap_mark}" = "last-3"; then
  setenv hf_rescue 3
elif test "${snap_mark}" = "last-4"; then
  setenv hf_rescue 4
elif test "${snap_mark}" = "retry-1"; then
  setenv hf_previous 1
  setenv hf_after_failure 2
elif test "${snap_mark}" = "retry-2"; then
  setenv hf_previous 1
  setenv hf_after_failure 3
elif test "${snap_mark}" = "retry-3"; then
  setenv hf_previous 1
  setenv hf_after_failure 4
elif test "${snap_mark}" = "retry-4"; then
  setenv hf_previous 1
  setenv hf_after_failure 4
elif test "${snap_mark}" = "wait-1"; then
  setenv hf_after_failure 2
elif test "${snap_mark}" = "wait-2"; then
  setenv hf_after_failure 3
elif test "${snap_mark}" = "wait-3"; then
  setenv hf_after_failure 4
elif test "${snap_mark}" = "wait-4"; then
  setenv hf_after_failure 4
elif test "${hf_starts}" = "3"; then
  echo "holdfast: the good set was started three times and never came through its initramfs"
  setenv hf_previous 1
fi
if test -z "${hf_rescue}${hf_previous}"; then
  if test -n "${hf_after_failure}"; then
    if test "${snap_mark}" = "wait-4"; then setenv snap_mark retry-4; elif test "${snap_mark}" = "wait-3"; then setenv snap_mark retry-3; elif test "${snap_mark}" = "wait-2"; then setenv snap_mark retry-2; else setenv snap_mark retry-1; fi
    run hf_note
    setenv hf_rule retry
  else
    run hf_count
  fi
  run hf_use_good
  run hf_start
  setenv hf_previous 1
fi
if test -n "${hf_previous}"; then
  if test -n "${hf_after_failure}"; then setenv hf_rescue ${hf_after_failure}; else setenv hf_rescue 1; fi
  run hf_use_previous
  if test -n "${hf_core}"; then
    if test -n "${hf_after_failure}"; then setenv snap_mark last-${hf_after_failure}; else setenv snap_mark prev-tried; fi
    run hf_note
    setenv hf_rule previous
    run hf_start
  fi
fi

# --- rescue: a named state that resets at growing intervals and then tries both sets again ------------------------------
setenv snap_mark wait-${hf_rescue}
run hf_note
setenv hf_ten "1 2 3 4 5 6"
setenv hf_times 1
if test "${hf_rescue}" = "2"; then setenv hf_times "1 2 3 4 5"; fi
if test "${hf_rescue}" = "3"; then setenv hf_times "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"; fi
if test "${hf_rescue}" = "4"; then setenv hf_times "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60"; fi
echo "holdfast: RESCUE level ${hf_rescue}: no set that a record names as good could be started"
for m in ${hf_times}; do for s in ${hf_ten}; do sleep 10; run hf_wd_kick; done; done
reset
