/** The snaps on this device for whoever asks what is there: records, and what each revision's file says. */
import type { SnapInfo } from '../../images/snap/index.ts';
import { fileNameOf } from '../snaps/file-name.ts';
import type { SideInfo, SnapRecord } from '../snaps/record/model.ts';
import type { Parts } from './parts.ts';

export interface RevisionView {
  readonly side: SideInfo;
  /** `<instance>_<revision>.snap`. */
  readonly file: string;
  /** Bytes; 0 where the file is not there. */
  readonly size: number;
  /** When it came; RFC 3339. `undefined` where the file is not there. */
  readonly time: string | undefined;
  /** `undefined` where the file cannot be read. */
  readonly info: SnapInfo | undefined;
}

export interface SnapView {
  readonly record: SnapRecord;
  /** In the order of the record's sequence. */
  readonly revisions: readonly RevisionView[];
  /** That of them which the record calls current. */
  readonly current: RevisionView | undefined;
}

/** @param names only these; all where none is named */
export async function snapViews(
  { snapRecords, snapInfos, inventory }: Parts,
  names: readonly string[] = [],
): Promise<SnapView[]> {
  const files = new Map(inventory.list().map((known) => [known.file, known]));
  const wanted = snapRecords.all().filter(({ instance }) => names.length === 0 || names.includes(instance));
  const views: SnapView[] = [];
  for (const record of wanted) {
    const revisions: RevisionView[] = [];
    for (const side of record.sequence) {
      const { instance: name } = record;
      const file = fileNameOf({ name, revision: side.revision });
      const { size = 0, time } = files.get(file) ?? {};
      revisions.push({ side, file, size, time, info: await snapInfos.read(name, side.revision) });
    }
    views.push({ record, revisions, current: revisions.find(({ side }) => side.revision === record.current) });
  }
  return views;
}
