import t from 'tap';
import {
  architectureOf,
  canRead,
  checkArchitecture,
  checkInstanceName,
  checkVersion,
  type Epoch,
  formatEpoch,
  isSnapName,
  parseEpoch,
  SnapError,
  supportsArchitecture,
} from './index.ts';

/** The complaint of a check as "code: message", or undefined. */
function complaintOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof SnapError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

t.test('A snap name', async (t) => {
  const good = ['aa', 'a1', '0a', 'virt-kernel', 'a-b-c', 'a'.repeat(40), `${'1'.repeat(39)}a`];
  const bad = ['', 'a', '00', '386', '-aa', 'aa-', 'a--b', 'aA', 'a_b', 'a.b', 'a b', 'ä1', 'aa\n', 'a'.repeat(41)];
  for (const name of good) t.ok(isSnapName(name), `${name} is one`);
  for (const name of bad) t.notOk(isSnapName(name), `${JSON.stringify(name)} is none`);
  for (const name of ['foo', 'foo_bar', 'foo_0123456789'])
    t.equal(
      complaintOf(() => checkInstanceName(name)),
      undefined,
    );
  const rows: readonly [instance: string, complaint: string][] = [
    ['_foo', 'bad-name: invalid snap name: ""'],
    ['Foo', 'bad-name: invalid snap name: "Foo"'],
    ['foo_', 'bad-name: invalid instance key: ""'],
    ['foo_-', 'bad-name: invalid instance key: "-"'],
    ['foo_bar_baz', 'bad-name: invalid instance key: "bar_baz"'],
    ['foo_01234567890', 'bad-name: invalid instance key: "01234567890"'],
  ];
  for (const [instance, complaint] of rows)
    t.equal(
      complaintOf(() => checkInstanceName(instance)),
      complaint,
    );
});

t.test('A version', async (t) => {
  for (const version of ['1', '1.0', 'a'.repeat(32), '1:2', '2.57.6+git1~', '0~', 'v1-2']) {
    t.equal(
      complaintOf(() => checkVersion(version)),
      undefined,
      version,
    );
  }
  const rows: readonly [version: string, message: string][] = [
    ['', 'invalid snap version: cannot be empty'],
    ['1.', `invalid snap version "1.": must end with an ASCII alphanumeric or one of '+' or '~' (and not '.')`],
    ['1/2', 'invalid snap version "1/2": contains invalid characters: "/"'],
    [
      '$(x)',
      `invalid snap version "$(x)": must start with an ASCII alphanumeric (and not '$'), must end with an ASCII alphanumeric or one of '+' or '~' (and not ')'), and contains invalid characters: "("`,
    ],
    ['-', `invalid snap version "-": must start with an ASCII alphanumeric (and not '-')`],
    ['1@2=3', 'invalid snap version "1@2=3": contains invalid characters: "@", "="'],
    ['a'.repeat(33), `invalid snap version "${'a'.repeat(33)}": cannot be longer than 32 characters (got: 33)`],
    ['1 0', 'invalid snap version "1 0": must be printable, non-whitespace ASCII'],
    ['é', 'invalid snap version "\\u00e9": must be printable, non-whitespace ASCII'],
  ];
  for (const [version, message] of rows)
    t.equal(
      complaintOf(() => checkVersion(version)),
      `bad-version: ${message}`,
    );
});

t.test('An epoch', async (t) => {
  const good: readonly [given: unknown, read: number[], write: number[], text: string][] = [
    [undefined, [0], [0], '0'],
    [null, [0], [0], '0'],
    ['', [0], [0], '0'],
    ['0', [0], [0], '0'],
    [{}, [0], [0], '0'],
    ['42', [42], [42], '42'],
    ['1*', [0, 1], [1], '1*'],
    ['4294967295*', [4294967294, 4294967295], [4294967295], '4294967295*'],
    [{ read: ['1', '2'] }, [1, 2], [2], '2*'],
    [{ write: ['1', '2'] }, [1, 2], [1, 2], '{"read":[1,2],"write":[1,2]}'],
    [{ read: ['0', '1', '2'], write: ['1', '2'] }, [0, 1, 2], [1, 2], '{"read":[0,1,2],"write":[1,2]}'],
  ];
  for (const [given, read, write, text] of good) {
    const epoch = parseEpoch(given);
    t.same(epoch, { read, write }, JSON.stringify(given));
    t.equal(formatEpoch(epoch), text);
  }
  const base10 = 'epoch numbers must be base 10 with no zero padding, but got';
  const eleven = Array.from({ length: 11 }, (_, i) => `${i}`);
  const bad: readonly [given: unknown, message: string][] = [
    ['0*', '0* is an invalid epoch'],
    ['rubbish', `${base10} "rubbish"`],
    ['0xA', `${base10} "0xA"`],
    ['001', `${base10} "001"`],
    ['42**', `${base10} "42*"`],
    ['-1', `${base10} "-1"`],
    ['9999999999', 'epoch numbers must be less than 2³², but got "9999999999"'],
    [{ read: '1' }, 'epoch read/write attributes must be lists of epoch numbers'],
    [{ read: ['x'] }, `${base10} "x"`],
    [{ read: [], write: ['1'] }, 'epoch list cannot be explicitly empty'],
    [{ write: null }, 'epoch list cannot be explicitly empty'],
    [{ read: ['1', '1'] }, 'epoch list must be a strictly increasing sequence'],
    [{ write: ['1', '0'] }, 'epoch list must be a strictly increasing sequence'],
    [{ read: eleven }, 'epoch list must not have more than 10 entries'],
    [{ read: ['0'], write: ['1'] }, 'epoch read and write lists must have a non-empty intersection'],
    [['1'], 'epoch must be a number or have read and write lists'],
  ];
  for (const [given, message] of bad)
    t.equal(
      complaintOf(() => parseEpoch(given)),
      `bad-epoch: ${message}`,
    );

  const epochOf = (text: string): Epoch => parseEpoch(text);
  const reading: readonly [a: Epoch, b: Epoch, aReadsB: boolean, bReadsA: boolean][] = [
    [epochOf(''), epochOf(''), true, true],
    [epochOf('0'), epochOf('1'), false, false],
    [epochOf('0'), epochOf('1*'), false, true],
    [epochOf('0'), epochOf('2*'), false, false],
    [{ read: [1, 2, 3], write: [2] }, { read: [1, 3, 4], write: [4] }, false, false],
    [{ read: [1, 2, 3], write: [3] }, { read: [1, 2, 3], write: [2] }, true, true],
  ];
  for (const [a, b, aReadsB, bReadsA] of reading) {
    t.same([canRead(a, b), canRead(b, a)], [aReadsB, bReadsA], `${formatEpoch(a)} and ${formatEpoch(b)}`);
  }
});

t.test('An architecture', async (t) => {
  const names = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'mips', 'toString'].map(architectureOf);
  t.same(names, ['arm64', 'amd64', 'armhf', 'i386', 'ppc64el', 'riscv64', 's390x', undefined, undefined]);
  t.ok(supportsArchitecture({ architectures: ['all'] }, 'arm64'));
  t.ok(supportsArchitecture({ architectures: ['amd64', 'arm64'] }, 'arm64'));
  t.notOk(supportsArchitecture({ architectures: ['armhf'] }, 'arm64'));
  const info = { name: 'hello', architectures: ['yadayada', 'blahblah'] };
  t.equal(
    complaintOf(() => checkArchitecture(info, 'arm64')),
    'wrong-architecture: snap "hello" supported architectures (yadayada, blahblah) are incompatible with this system (arm64)',
  );
  t.equal(
    complaintOf(() => checkArchitecture({ ...info, architectures: ['all'] }, 'arm64')),
    undefined,
  );
});
