/** For tests: a boot desk without a device. */
import type { HeldBack } from '../boot/back-off.ts';
import type { BootRecord } from '../boot/journal/record.ts';
import type { BootDesk, Finding, PersonVerdict } from './boot-desk.ts';

/** A boot of the set that is usual in tests, with what a test wants to be special about it. */
export function bootRecord(boot: number, more: Partial<BootRecord> = {}): BootRecord {
  return {
    boot,
    version: 3,
    bootId: `id-${boot}`,
    time: `2026-11-20T09:30:0${boot % 10}.000Z`,
    rule: 'default',
    copy: 'a',
    trial: false,
    reset: 'cold',
    set: { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' },
    kernel: { release: '6.1.0', buildId: 'abc' },
    commandLine: 'panic=5',
    mounts: ['/ squashfs /dev/loop0'],
    marks: [{ stage: 'daemon', uptimeSeconds: 4.5 }],
    end: { how: 'running' },
    ...more,
  };
}

export class FakeBootDesk implements BootDesk {
  records: readonly BootRecord[] = [];
  findings: readonly Finding[] = [];
  held: readonly HeldBack[] = [];
  /** What a verdict meets instead of a trial. */
  refusal: Error | undefined;
  readonly verdicts: PersonVerdict[] = [];

  list(limit = this.records.length): readonly BootRecord[] {
    return this.records.toReversed().slice(0, limit);
  }

  get(boot: number): BootRecord | undefined {
    return this.records.find((record) => record.boot === boot);
  }

  timeline(format: 'text' | 'html'): string {
    return `${format} of ${this.records.length} boots`;
  }

  async giveVerdict(verdict: PersonVerdict): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    this.verdicts.push(verdict);
  }

  async verify(): Promise<readonly Finding[]> {
    return this.findings;
  }

  unfit(): readonly Finding[] {
    return this.findings.filter(({ state }) => state !== 'fit');
  }

  heldBack(): readonly HeldBack[] {
    return this.held;
  }
}
