/** For tests: a snap desk without a device. */
import type { SnapInfo } from '../../images/snap/index.ts';
import type { InstallUploads } from '../device/plan-uploads.ts';
import type { SnapRequest } from '../device/request.ts';
import type { SnapView } from '../device/snap-view.ts';
import type { Upload } from '../device/upload.ts';
import type { Change } from '../engine/model.ts';
import { type ChangePlan, changeOf } from '../engine/plan.ts';
import type { Hold } from '../snaps/record/holds.ts';
import { newRecord, type SnapRecord } from '../snaps/record/model.ts';
import type { SnapshotExport } from '../snaps/saved/export.ts';
import type { Imported } from '../snaps/saved/import.ts';
import type { SetFilter } from '../snaps/saved/sets.ts';
import type { SnapDesk, SnapUnits } from './snap-desk.ts';

export class FakeSnapDesk implements SnapDesk {
  views: readonly SnapView[] = [];
  held: readonly Hold[] = [];
  runningFiles: readonly string[] = [];
  snapUnits: SnapUnits = { active: new Set(), enabled: new Set() };
  /** What a request, or an upload, meets instead of being granted. */
  refusal: Error | undefined;
  /** An export breaks off in the middle. */
  exportFails = false;
  /** Exports that were closed. */
  closed = 0;
  readonly requests: SnapRequest[] = [];
  readonly planned: SnapRequest[] = [];
  readonly received: string[] = [];
  readonly discarded: string[] = [];

  async assertFree(): Promise<void> {}

  async receive(content: AsyncIterable<Uint8Array>): Promise<Upload> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    this.received.push(text);
    return { path: `/uploads/${text}`, size: text.length, sha256: '' };
  }

  async discard({ path }: Upload): Promise<void> {
    this.discarded.push(path);
  }

  async plan(request: SnapRequest): Promise<ChangePlan> {
    if (this.refusal !== undefined) throw this.refusal;
    this.planned.push(request);
    return { kind: 'any', summary: 'Any plan', data: {}, tasks: [{ kind: 'link-snap', summary: 'Link' }] };
  }

  async request(request: SnapRequest): Promise<Change> {
    if (this.refusal !== undefined) throw this.refusal;
    this.requests.push(request);
    return changeOf({ kind: 'any', summary: 'any', data: {}, tasks: [] }, this.requests.length, 1, '');
  }

  async abort(): Promise<Change> {
    throw this.refusal ?? new Error('nothing to abort');
  }

  async snaps(names: readonly string[] = []): Promise<readonly SnapView[]> {
    return this.views.filter(({ record }) => names.length === 0 || names.includes(record.instance));
  }

  records(): readonly SnapRecord[] {
    return this.views.map(({ record }) => record);
  }

  async running(): Promise<ReadonlySet<string>> {
    return new Set(this.runningFiles);
  }

  holds(): readonly Hold[] {
    return this.held;
  }

  async units(): Promise<SnapUnits> {
    return this.snapUnits;
  }

  async snapshots(filter: SetFilter): Promise<readonly object[]> {
    return [filter];
  }

  async exportSnapshots(): Promise<SnapshotExport> {
    if (this.refusal !== undefined) throw this.refusal;
    const failed = this.exportFails;
    return {
      size: 6,
      async *stream() {
        yield Buffer.from('abc');
        if (failed) throw new Error('gone');
        yield Buffer.from('def');
      },
      close: async () => {
        this.closed += 1;
      },
    };
  }

  async importSnapshots(content: AsyncIterable<Uint8Array>): Promise<Imported> {
    await this.receive(content);
    return { set: 4, snaps: ['foo'] };
  }

  /** Of the last installation. */
  get lastInstall(): InstallUploads | undefined {
    const last = this.requests.at(-1);
    return last?.action === 'install' ? last : undefined;
  }
}

/** An installed snap; its last revision is current. */
export function viewOfSnap(
  info: Partial<SnapInfo> & Pick<SnapInfo, 'name'>,
  revisions: readonly string[],
  more: Partial<SnapRecord> = {},
): SnapView {
  const { name, type = 'app' } = info;
  const instance = more.instance ?? name;
  const sequence = revisions.map((revision) => ({ name, snapId: '', revision }));
  const current = revisions.at(-1);
  const record: SnapRecord = {
    ...newRecord(instance, type),
    ...{ sequence, active: true, tracking: 'latest/stable', version: info.version ?? '1.0' },
    ...(current === undefined ? {} : { current }),
    ...more,
  };
  const views = sequence.map((side) => ({
    side,
    file: `${instance}_${side.revision}.snap`,
    size: 4096,
    time: '2026-11-20T09:30:00.000Z',
    info: infoOf(info),
  }));
  return { record, revisions: views, current: views.find(({ side }) => side.revision === record.current) };
}

function infoOf(more: Partial<SnapInfo> & Pick<SnapInfo, 'name'>): SnapInfo {
  return {
    ...{ version: '1.0', type: 'app', architectures: ['all'], base: undefined, grade: 'stable', confinement: 'strict' },
    ...{ epoch: { read: [0], write: [0] }, title: '', summary: 's', description: 'd', license: '', provenance: '' },
    ...{ assumes: [], environment: [], apps: new Map(), hooks: new Map(), plugs: new Map(), slots: new Map() },
    ...{ layout: new Map(), systemUsernames: new Map(), links: new Map(), components: new Map() },
    ...{ legacyAliases: new Map(), badInterfaces: new Map() },
    ...more,
  };
}
