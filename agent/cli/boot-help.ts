/** What `holdfast help`, and `--help` behind the name of a command, say about `holdfast boot`. */

export const bootUsage = `Usage: holdfast boot COMMAND [OPTIONS]

What each boot of this device was, and why it ended.

Commands:
  log               the boots, newest first
  why [N]           why boot N ended; without N, the last trial or boot that went wrong
  timeline          the boots on a line of time, with both sides of each reboot
  confirm           keep the boot set that is being tried, whatever is missing
  reject            give up the boot set that is being tried, and reboot into the good one
  verify            read the sets to fall back to, and mend what can be mended

Options:
  --json            print the answer of the daemon as it is
  --html FILE       timeline: write it as one page to FILE, or to the standard output with -
  --reason TEXT     confirm, reject: what to write down as the reason

holdfast boot COMMAND --help says more.
`;

/** By command, without what stands in the usage of all. */
export const bootHelp: Readonly<Record<string, string>> = {
  'boot log': `Usage: holdfast boot log [--json]

Lists the boots that the boot journal has, newest first: when, how each came about (cold, warm, watchdog), the set that
ran, whether it was a trial, and how it ended. The journal is a ring: the oldest boots go first.
`,
  'boot why': `Usage: holdfast boot why [N] [--json]

Says in a few lines why boot N ended as it did, with what was seen. Without N it explains the newest boot that was a trial or
did not end well; a mere power cut of the good set only where there is nothing else. Numbers are those of holdfast boot log.
`,
  'boot timeline': `Usage: holdfast boot timeline [--html FILE | --json]

Shows how far each boot came, and when. With --html it writes one page that needs nothing else to FILE; - is the standard
output.
`,
  'boot confirm': `Usage: holdfast boot confirm [--reason TEXT] [--json]

Keeps the boot set that is being tried, now, whatever its health checks wait for. Only during a trial.
`,
  'boot reject': `Usage: holdfast boot reject [--reason TEXT] [--json]

Gives up the boot set that is being tried: the device reboots into the good one, and TEXT is what holdfast boot why says
afterwards. Only during a trial.
`,
  'boot verify': `Usage: holdfast boot verify [--json]

Reads the good and the previous set on the disk, compares each file with what was written down of it, and mends what can be
mended. Takes as long as reading these snaps does. Exit status 1 where something stays that is not fit.
`,
};
