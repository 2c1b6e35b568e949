/** For tests: records as a device would write them, and numbers that are random but the same each time. */
import type { BootRecord } from './record.ts';

export function recordOf(changes: Partial<BootRecord> = {}): BootRecord {
  return {
    boot: 7,
    version: 1,
    bootId: '2f6c1d3e-0000-4000-8000-000000000007',
    time: '2026-08-01T12:00:03.000Z',
    rule: 'default',
    copy: 'a',
    trial: false,
    reset: 'warm',
    set: { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' },
    kernel: { release: '6.1.0-44-arm64', buildId: '0123456789abcdef0123456789abcdef01234567' },
    commandLine: 'console=ttyAMA0 panic=5 snap_kernel=virt-kernel_x1.snap',
    mounts: ['/ squashfs bookworm_x1.snap', '/writable ext4 /dev/vda6'],
    marks: [
      { stage: 'script', uptimeSeconds: 0 },
      { stage: 'initramfs', uptimeSeconds: 1.2 },
      { stage: 'daemon', uptimeSeconds: 9.5 },
    ],
    end: { how: 'running' },
    ...changes,
  };
}

/** Numbers from 0 to 1 (Mulberry32): a property that fails does so again. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
