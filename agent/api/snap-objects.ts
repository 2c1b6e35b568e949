/** A snap as snapd's API shows it (`rest-api.md` §5.1). Pure. */
import type { SnapInfo } from '../../images/snap/index.ts';
import type { RevisionView, SnapView } from '../device/snap-view.ts';
import { type Hold, systemHolder } from '../snaps/record/holds.ts';
import { appObjects } from './app-objects.ts';
import type { SnapUnits } from './snap-desk.ts';

/** What there is to know beside the snaps themselves. */
export interface Surroundings {
  /** Files of the boot set that runs. */
  readonly running: ReadonlySet<string>;
  readonly holds: readonly Hold[];
  readonly units: SnapUnits;
}

/** Which revisions of the snaps a client asks for. */
export type Select = 'current' | 'all' | 'enabled' | 'refresh-inhibited';

export function snapObjects(views: readonly SnapView[], select: Select, around: Surroundings) {
  return views.flatMap((view) => {
    const shown = shownRevision(view, around);
    if (select === 'refresh-inhibited' && view.record.refreshInhibitedTime === undefined) return [];
    return view.revisions
      .filter((revision) => select === 'all' || revision === shown)
      .map((revision) => snapObject(view, revision, around))
      .filter(({ status }) => select !== 'enabled' || status === 'active');
  });
}

/** The revision that stands for the snap: of the boot set what runs, also while another one waits for its trial. */
function shownRevision({ revisions, current }: SnapView, { running }: Surroundings): RevisionView | undefined {
  return revisions.find(({ file }) => running.has(file)) ?? current;
}

export function snapObject(view: SnapView, revision: RevisionView, around: Surroundings) {
  const { record } = view;
  const { side, info, size, time, file } = revision;
  const isShown = revision === shownRevision(view, around);
  const isActive = isShown && (record.active || around.running.has(file));
  const { flags, tracking, base } = record;
  const hold = heldUntil(around.holds, record.instance);
  return {
    ...(side.snapId === '' ? {} : { id: side.snapId }),
    name: record.instance,
    ...textsOf(info),
    type: record.type,
    ...(base === undefined && info?.base === undefined ? {} : { base: info?.base ?? base }),
    version: info?.version ?? (isShown ? record.version : ''),
    revision: side.revision,
    ...(side.channel === undefined ? {} : { channel: side.channel }),
    ...(tracking === '' ? {} : { 'tracking-channel': tracking }),
    status: isActive ? 'active' : 'installed',
    confinement: info?.confinement ?? 'strict',
    ...(info === undefined ? {} : { grade: info.grade }),
    devmode: flags.devmode === true,
    jailmode: flags.jailmode === true,
    trymode: flags.trymode === true,
    private: false,
    'ignore-validation': flags.ignoreValidation === true,
    ...(info === undefined ? { broken: `cannot read ${file}` } : {}),
    'mounted-from': `/var/lib/snapd/snaps/${file}`,
    'installed-size': size,
    ...(time === undefined ? {} : { 'install-date': time }),
    ...(record.cohort === undefined ? {} : { 'cohort-key': record.cohort }),
    ...(hold === undefined ? {} : { hold }),
    ...(record.refreshInhibitedTime === undefined ? {} : { 'refresh-inhibit': {} }),
    ...(info === undefined ? {} : { apps: appObjects(info, record, isActive, around.units) }),
  };
}

function textsOf(info: SnapInfo | undefined) {
  if (info === undefined) return { summary: '', description: '' };
  const { title, summary, description, license, links, apps } = info;
  const [contact] = links.get('contact') ?? [];
  const [website] = links.get('website') ?? [];
  const commonIds = [...apps.values()].map(({ commonId }) => commonId).filter((id) => id !== '');
  return {
    ...(title === '' ? {} : { title }),
    summary,
    description,
    ...(license === '' ? {} : { license }),
    ...(contact === undefined ? {} : { contact }),
    ...(website === undefined ? {} : { website }),
    ...(links.size === 0 ? {} : { links: Object.fromEntries(links) }),
    ...(commonIds.length === 0 ? {} : { 'common-ids': commonIds }),
  };
}

/** Later than anything that clients call a time: they print it as "forever". */
const forever = '9999-12-31T00:00:00Z';

/** Until when a person holds its refreshes. */
function heldUntil(holds: readonly Hold[], snap: string): string | undefined {
  const until = holds.find((hold) => hold.snap === snap && hold.holder === systemHolder)?.until;
  return until === 'forever' ? forever : until?.toISOString();
}
