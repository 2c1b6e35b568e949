/** What there is of the app on a device: links, mounts, data and processes as the system itself shows them. */
import { APP, SERVICE_UNIT } from './app.ts';
import type { Device } from './device.ts';

export interface AppSeen {
  /** Where `/snap/<app>/current` and the link beside the data lead; '' where there is none. */
  readonly links: readonly [mount: string, data: string];
  /** Revisions that are mounted. */
  readonly mounted: readonly string[];
  /** Names in the folder of its data, and in that of root's. */
  readonly data: readonly string[];
  readonly own: readonly string[];
  /** Files of its revisions among the snaps. */
  readonly files: readonly string[];
  /** Units of its own. */
  readonly units: readonly string[];
  /** The state of its service, and the revision as which that runs. */
  readonly service: readonly [state: string, revision: string];
  /** What its service wrote, by revision. */
  readonly starts: Readonly<Record<string, readonly string[]>>;
  /** What its command says; '' where there is none. */
  readonly diary: string;
  /** Names below the folders of snaps that only something unfinished has. */
  readonly unfinished: readonly string[];
  /** Units that have failed, whosever. */
  readonly failed: readonly string[];
}

/** What there is where the app is not. */
export const APP_GONE: AppSeen = {
  ...{ links: ['', ''], mounted: [], data: [], own: [], files: [], units: [], service: ['inactive', ''] },
  ...{ starts: {}, diary: '', unfinished: [], failed: [] },
};

/** What there is where these revisions are, the first of which runs, with what each has in its diary. */
export function appRunning(starts: Readonly<Record<string, readonly string[]>>, diary: readonly string[]): AppSeen {
  const [current = ''] = Object.keys(starts);
  const all = Object.keys(starts).sort();
  const folders = ['common', 'current', ...all];
  return {
    ...APP_GONE,
    ...{ links: [current, current], mounted: all, data: folders, own: folders },
    ...{ files: all.map((revision) => `${revision}.snap`), units: [...all.map(mountUnit), SERVICE_UNIT].sort() },
    ...{ service: ['active', current], diary: diary.join('\n') },
    starts: Object.fromEntries(all.map((revision) => [revision, starts[revision] ?? []])),
  };
}

function mountUnit(revision: string): string {
  return `snap-${APP}-${revision}.mount`;
}

/** What the agent calls something until it is whole, or until it may go; and where it may have such. */
const UNFINISHED = '\\.holdfast~|\\.old$|\\.trash-|^\\.local-install-';
const FOLDERS = `/snap/{,bin,${APP}} /var/snap/{,${APP}{,/*}} /root/snap/${APP}{,/*} /var/lib/snapd/{,*} /etc/systemd/system/{,*.wants}`;

/** Each line of the answer is a label and a value; the diary comes last, as it is. */
const QUESTIONS = [
  // A change is over before its trash is gone; what is still there after so long stays.
  `for look in $(seq 100); do ls -A ${FOLDERS} 2> /dev/null | grep -q '\\.trash-' || break; sleep 0.2; done`,
  // First of all, as it makes what it lacks in the user's home.
  `said=$(/snap/bin/${APP} 2> /dev/null)`,
  `echo "links:$(readlink /snap/${APP}/current)"`,
  `echo "links:$(readlink /var/snap/${APP}/current)"`,
  `findmnt -rno TARGET | sed -n 's,^/snap/${APP}/,mounted:,p'`,
  `ls -A /var/snap/${APP} 2> /dev/null | sed 's/^/data:/'`,
  `ls -A /root/snap/${APP} 2> /dev/null | sed 's/^/own:/'`,
  `ls -A /var/lib/snapd/snaps | sed -n 's/^${APP}_/files:/p'`,
  `ls /etc/systemd/system | grep '^snap[-.]${APP}[-.]' | sed 's/^/units:/'`,
  `(cd /var/snap/${APP} && for name in x*; do sed "s/^/starts:$name=/" $name/starts; done) 2> /dev/null`,
  `echo "service:$(systemctl is-active ${SERVICE_UNIT})"`,
  `pid=$(systemctl show --property=MainPID --value ${SERVICE_UNIT})`,
  `echo "service:$(tr '\\0' '\\n' < /proc/$pid/environ 2> /dev/null | sed -n 's/^SNAP_REVISION=//p')"`,
  `ls -A ${FOLDERS} 2> /dev/null | grep -E '${UNFINISHED}' | sed 's/^/unfinished:/'`,
  `systemctl list-units --failed --plain --no-legend | sed 's/ .*//; s/^/failed:/'`,
  'echo "diary:"; echo "$said"',
];

export async function appOn(device: Device): Promise<AppSeen> {
  return parseSeen(await device.run(QUESTIONS.join('\n')));
}

/** Pure. */
export function parseSeen(text: string): AppSeen {
  const [facts = '', diary = ''] = text.split(/^diary:\n/m);
  const all = (label: string): string[] =>
    facts.split('\n').flatMap((line) => (line.startsWith(`${label}:`) ? [line.slice(label.length + 1).trim()] : []));
  const two = (label: string): [string, string] => {
    const [first = '', second = ''] = all(label);
    return [first, second];
  };
  return {
    links: two('links'),
    mounted: all('mounted').sort(),
    data: all('data').sort(),
    own: all('own').sort(),
    files: all('files'),
    units: all('units').sort(),
    service: two('service'),
    starts: Object.fromEntries(
      [...Map.groupBy(all('starts'), (line) => line.split('=')[0] ?? '')].map(([revision, lines]) => [
        revision,
        lines.map((line) => line.slice(revision.length + 1)),
      ]),
    ),
    diary: diary.trimEnd(),
    unfinished: all('unfinished'),
    failed: all('failed'),
  };
}
