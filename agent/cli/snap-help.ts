/** What `holdfast help`, and `--help` behind the name of a command, say about the commands for snaps and changes. */

const follow = `It prints the steps as they are done. With --no-wait it prints the number of the change and leaves.
`;

/** By command. */
export const snapHelp: Readonly<Record<string, string>> = {
  install: `Usage: holdfast install FILE... [OPTIONS]

Installs the snaps in these files. A file of a snap that is installed refreshes it. A kernel, base and gadget are tried
together with one reboot and kept only when the device is well afterwards; apps of the same change follow then, or not at all.

  --dangerous       take files without signatures
  --devmode, --jailmode, --classic   how the snap is confined; --devmode implies --dangerous
  --name NAME_KEY   install it a second time, as an instance of its own; only for one file
  --unaliased       without its automatic aliases
  --ignore-running  also while its programs run
  --transaction MODE   all-snaps: where one fails, all of them go back; per-snap (as usual): only that one does

${follow}`,
  refresh: `Usage: holdfast refresh [SNAP...] [OPTIONS]

Brings these snaps up to date, or all of them. With --revision one snap goes to another revision that is on the device.

  --channel CHANNEL, --revision REVISION   only for one snap
  --amend           a snap of a local file may go over to the store's
  --devmode, --jailmode, --classic, --ignore-running, --transaction MODE   as for install

${follow}`,
  revert: `Usage: holdfast revert SNAP [--revision REVISION] [OPTIONS]

Goes back to the revision before the current one, or to REVISION, with the data that the snap had there. Nothing is
downloaded. A kernel, base or gadget is tried with one reboot.

  --devmode, --jailmode, --classic, --ignore-running   as for install

${follow}`,
  remove: `Usage: holdfast remove SNAP... [OPTIONS]

Removes these snaps with their data.

  --revision REVISION   only this revision of one snap
  --purge           without saving its data first
  --terminate       end its running programs

${follow}`,
  enable: `Usage: holdfast enable SNAP [--no-wait]

Makes the programs of a disabled snap available again, and starts its services.
`,
  disable: `Usage: holdfast disable SNAP [--no-wait]

Stops the services of a snap and takes its programs away. The snap and its data stay.
`,
  switch: `Usage: holdfast switch SNAP --channel CHANNEL [--no-wait]

Follows another channel from now on, and refreshes nothing.
`,
  hold: `Usage: holdfast hold [SNAP...] [--until TIME] [--level LEVEL] [--no-wait]

Keeps these snaps, or all, from being refreshed by themselves: until TIME (such as 2027-01-31T00:00:00Z), or for ever. With
--level general, which needs names, also from being refreshed with all others; auto-refresh is the other level.
`,
  unhold: `Usage: holdfast unhold [SNAP...] [--no-wait]

Ends what holdfast hold began, for these snaps or for all.
`,
  alias: `Usage: holdfast alias SNAP.APP ALIAS [--no-wait]

Lets an app of a snap be called by the name ALIAS, too. It wins over an automatic alias of that name of the same snap; an alias
of another snap stands in its way.
`,
  unalias: `Usage: holdfast unalias ALIAS|SNAP [--no-wait]

Removes an alias that holdfast alias has made. For the name of a snap it removes all of them and switches the automatic ones of
the snap off; holdfast prefer switches those on again.
`,
  prefer: `Usage: holdfast prefer SNAP [--no-wait]

Switches the automatic aliases of a snap on. Snaps that have one of them give up all of theirs, as with holdfast unalias.
`,
  aliases: `Usage: holdfast aliases [SNAP] [--json]

Lists the aliases of all snaps, or of one. Notes: manual, made by holdfast alias; override, in the place of an automatic one;
disabled, an automatic one that is switched off.
`,
  save: `Usage: holdfast save [SNAP...] [--users USER,...] [--no-wait]

Saves the data and the configuration of these snaps, or of all, in a new snapshot set: what belongs to the system, and what is
in the homes of these users, or of all.
`,
  saved: `Usage: holdfast saved [SNAP...] [--id SET] [--json]

Lists what is saved, of these snaps or of all.
`,
  'check-snapshot': `Usage: holdfast check-snapshot SET [SNAP...] [--users USER,...] [--no-wait]

Reads what is saved and compares it with its digests.
`,
  restore: `Usage: holdfast restore SET [SNAP...] [--users USER,...] [--no-wait]

Puts the data and the configuration of these snaps, or of all in the set, back as they were saved. What is there now is
removed when all of them are restored, and stays where one fails.
`,
  forget: `Usage: holdfast forget SET [SNAP...] [--no-wait]

Removes what is saved of these snaps, or of all in the set.
`,
  'export-snapshot': `Usage: holdfast export-snapshot SET FILE

Writes a snapshot set to FILE, from which another device can import it.
`,
  'import-snapshot': `Usage: holdfast import-snapshot FILE [--json]

Takes a snapshot set from FILE. It gets a number of its own, save where the same is saved here already.
`,
  list: `Usage: holdfast list [SNAP...] [--all] [--json]

Lists the snaps on this device, or these, each by its current revision; with --all by every revision that is kept.
`,
  info: `Usage: holdfast info SNAP [--json]

Says what is known of an installed snap.
`,
  plan: `Usage: holdfast plan COMMAND ... [--json]

Says what a command (install, refresh, revert, remove, enable, disable, switch, hold, unhold, alias, unalias, prefer,
save, check-snapshot, restore, forget) with its arguments and options would do, and does nothing: its tasks in their order, what each writes and how that is
undone, restarts of the device, the room it takes, and what a failure of each task leads to. The plan is the one that would run.
`,
  changes: `Usage: holdfast changes [SNAP] [--json]

Lists what was asked of this device, or only what was about SNAP.
`,
  change: `Usage: holdfast change ID [--json]

Shows the steps of one change with what they logged, and why it failed. holdfast tasks ID is the same.
`,
  watch: `Usage: holdfast watch [ID] [--json]

Prints the steps of a change, or of the last one, until it is over or the device reboots for it.
`,
  abort: `Usage: holdfast abort ID [--json]

Gives a change up: what runs is stopped, what is done is undone. Refused while the device judges a trial; holdfast boot reject
ends that.
`,
};
