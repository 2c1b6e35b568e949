import t from 'tap';
import { DiskError } from '../../system/disk-error.ts';
import { durableWriteCheck } from './check-durable-write.ts';

const signal = new AbortController().signal;

t.test('a write that is taken and read back passes, with other bytes each time', async (t) => {
  const written: string[] = [];
  const disk = {
    async replace(path: string, bytes: Uint8Array, options: { readonly verify?: boolean } = {}) {
      written.push(`${path} ${options.verify} ${new TextDecoder().decode(bytes)}`);
    },
  };
  const { run } = durableWriteCheck({ disk, probeFile: '/w/probe', bootId: 'b1', wallMs: () => 7 });
  t.match(await run(signal), { state: 'pass', evidence: ['/w/probe was written and read back'] });
  await run(signal);
  t.strictSame(written, ['/w/probe true b1 1 7\n', '/w/probe true b1 2 7\n']);
});

t.test('a medium that refuses fails, and may get better', async (t) => {
  const disk = {
    async replace(path: string) {
      throw new DiskError('no-space', 'replace', path);
    },
  };
  const { run } = durableWriteCheck({ disk, probeFile: '/w/probe', bootId: 'b1', wallMs: () => 7 });
  t.match(await run(signal), {
    state: 'fail',
    reason: 'the writable partition does not take a durable write',
    evidence: [/\/w\/probe/],
    final: false,
  });
});
