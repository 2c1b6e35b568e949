/** What `holdfast --help` says. */
export const usage = `Usage: holdfast [OPTIONS] COMMAND

Keeps this device on its last good system, and its snaps.

Snaps:
  install FILE...   install the snaps in these files; a kernel, base or gadget is tried with one reboot
  refresh [SNAP...] bring snaps up to date
  revert SNAP       go back to the revision before, or to --revision
  remove SNAP...    remove snaps, or one revision of a snap
  enable, disable SNAP   make a snap available, or unavailable; its data stays
  switch SNAP       follow another channel
  hold, unhold [SNAP...] keep snaps from being refreshed by themselves, and end that
  alias SNAP.APP ALIAS   call a command by another name as well
  unalias ALIAS|SNAP   remove that name, or all of a snap
  prefer SNAP       its aliases win over those of other snaps
  aliases [SNAP]    the other names of commands
  list [SNAP...]    the snaps on this device; all revisions with --all
  info SNAP         what is known of one snap
  save [SNAP...]    save data and configuration of snaps in a snapshot set
  saved [SNAP...]   what is saved
  restore SET [SNAP...]  put it back
  check-snapshot, forget SET [SNAP...]   read it and compare; remove it
  export-snapshot SET FILE, import-snapshot FILE   carry a set from device to device
  plan COMMAND ...  say what one of the above that change something would do, and do nothing

Changes:
  changes [SNAP]    what was asked of this device
  change ID         the steps of one change (or tasks ID)
  watch [ID]        the same of that change or the last one, followed until it is over
  abort ID          give a change up: what is done of it is undone

Device:
  status            what boots, what is tried, what was decided last and why
  boot COMMAND      what each boot was and why it ended: log, why, timeline; confirm, reject; verify
  daemon            the agent itself; started by systemd

Options:
  --json            print the answer of the daemon as it is
  --no-wait         of what starts a change: print its number and leave
  --root DIR        use the daemon of the device under DIR (or SNAPPY_GLOBAL_ROOT)
  --help, --version

holdfast COMMAND --help says more. Exit status: 10 where something else is under way, 1 for every other error.
`;
