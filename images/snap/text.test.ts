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
  parseSnapInfo,
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

t.test('A snap.yaml', async (t) => {
  t.test('with name and version has defaults for the rest', async (t) => {
    t.same(parseSnapInfo('name: foo\nversion: 1.10\n'), {
      name: 'foo',
      version: '1.10',
      type: 'app',
      architectures: ['all'],
      base: undefined,
      epoch: { read: [0], write: [0] },
      confinement: 'strict',
      grade: 'stable',
      title: '',
      summary: '',
      description: '',
      license: '',
      assumes: [],
      apps: {},
      hooks: {},
    });
  });

  t.test('with everything is read whole, scalars as they were written', async (t) => {
    const text = `
name: everything
version: 010
type: gadget
title: yes
summary: ~
description: >
  two
  lines
license: 'GPL-3.0'
architectures: [amd64, "arm64"]
base: core24
epoch: {read: [1, 2], write: [2]}
confinement: classic
grade: devel
assumes: [snapd2.50, common-data-dir]
apps:
  n:
    command: bin/n
    daemon: simple
    success-exit-status: [3, 4]
    sockets: {s: {socket-mode: 0640, listen-stream: 1:30}}
hooks: {configure: }
unknown: [things, are, ignored]
`;
    t.same(parseSnapInfo(text), {
      name: 'everything',
      version: '010',
      type: 'gadget',
      architectures: ['amd64', 'arm64'],
      base: 'core24',
      epoch: { read: [1, 2], write: [2] },
      confinement: 'classic',
      grade: 'devel',
      title: 'yes',
      summary: '',
      description: 'two lines\n',
      license: 'GPL-3.0',
      assumes: ['snapd2.50', 'common-data-dir'],
      apps: {
        n: {
          command: 'bin/n',
          daemon: 'simple',
          'success-exit-status': [3, 4],
          sockets: { s: { 'socket-mode': 0o640, 'listen-stream': '1:30' } },
        },
      },
      hooks: { configure: null },
    });
  });

  const types: readonly [line: string, type: string][] = [
    ['type: kernel', 'kernel'],
    ['type: application', 'app'],
    ['type: os', 'os'],
    ['type: base', 'base'],
    ['type:', 'app'],
    ['name: snapd', 'snapd'],
    ['type: snapd', 'snapd'],
  ];
  for (const [line, type] of types) t.equal(parseSnapInfo(`name: foo\nversion: 1\n${line}\n`).type, type, line);

  t.test('may use what snapd takes', async (t) => {
    const quoted = parseSnapInfo("name: foo\nversion: '1'\ndescription: 'says hello\n\n'\nsummary: \"a\n\" # end\n");
    t.equal(quoted.description, 'says hello\n', 'a quote that stands alone at the start of a line');
    t.equal(quoted.summary, 'a ');
    t.equal(parseSnapInfo('name: foo\nversion: 1\n---\nname: bar\n').name, 'foo', 'a second document');
    t.equal(parseSnapInfo('name: foo\nversion: 1\nname: bar\n').name, 'bar', 'a key twice');
    const shared = parseSnapInfo('name: foo\nversion: 1\nx: &x {a: 1, b: 2}\napps: {y: *x, z: {<<: *x, b: 3}}\n');
    t.same(shared.apps, { y: { a: 1, b: 2 }, z: { a: 1, b: 3 } }, 'aliases and merge keys');
    t.equal(parseSnapInfo('name: foo\nversion: 1\nbase: none\n').base, 'none');
    t.equal(parseSnapInfo('name: foo\nversion: 1\ntype: base\nbase: none\n').base, 'none');
  });

  t.test('holds plain data only', async (t) => {
    const { apps } = parseSnapInfo(
      'name: foo\nversion: 1\napps: {__proto__: {polluted: 1}, d: 2020-01-01, b: !!binary aGk=, s: !!set {x}, u: !x y}\n',
    );
    t.same(Object.keys(apps), ['__proto__', 'd', 'b', 's', 'u']);
    t.equal(Object.getPrototypeOf(apps), Object.prototype);
    t.same(Object.values(apps), [{ polluted: 1 }, '2020-01-01', 'aGk=', { x: null }, 'y']);
  });

  const good = 'name: foo\nversion: 1\n';
  const rows: readonly [text: string, complaint: string | RegExp][] = [
    ['', 'bad-name: snap name cannot be empty'],
    ['version: 1\n', 'bad-name: snap name cannot be empty'],
    ['name: Foo\nversion: 1\n', 'bad-name: invalid snap name: "Foo"'],
    ['name: foo_bar\nversion: 1\n', 'bad-name: invalid snap name: "foo_bar"'],
    ['name: foo\n', 'bad-version: invalid snap version: cannot be empty'],
    ['name: foo\nversion: [1]\n', 'bad-metadata: cannot parse snap.yaml: version is not a string'],
    [`${good}type: thing`, 'bad-type: cannot parse snap.yaml: invalid snap type: "thing"'],
    [`${good}confinement: none`, 'bad-confinement: cannot parse snap.yaml: invalid confinement type: "none"'],
    [`${good}grade: edge`, 'bad-grade: cannot parse snap.yaml: invalid grade: "edge"'],
    [`${good}epoch: 0*`, 'bad-epoch: 0* is an invalid epoch'],
    [`${good}epoch: {read: }`, 'bad-epoch: epoch list cannot be explicitly empty'],
    [`${good}title: ${'t'.repeat(41)}`, 'bad-metadata: title can have up to 40 codepoints, got 41'],
    [`${good}description: ${'d'.repeat(4097)}`, 'bad-metadata: description can have up to 4096 codepoints, got 4097'],
    [`${good}base: core_x`, 'bad-base: base cannot specify a snap instance name: "core_x"'],
    [`${good}base: Core`, 'bad-base: invalid base name: invalid snap name: "Core"'],
    [`${good}type: os\nbase: core`, 'bad-base: cannot have "base" field on "os" snap "foo"'],
    [`${good}base: none\napps: {x: }`, 'bad-base: cannot have apps or hooks with base "none"'],
    [`${good}base: none\nhooks: {x: }`, 'bad-base: cannot have apps or hooks with base "none"'],
    [`${good}layouts: {}`, /^bad-metadata: .*use singular "layout"/],
    [`${good}architectures: arm64`, 'bad-metadata: cannot parse snap.yaml: architectures is not a list'],
    [`${good}architectures: [[arm64]]`, 'bad-metadata: cannot parse snap.yaml: architectures is not a list of strings'],
    [`${good}architectures: [""]`, /^bad-architectures: /],
    [`${good}apps: [x]`, 'bad-metadata: cannot parse snap.yaml: apps is not a map'],
    ['just text', 'bad-metadata: cannot parse snap.yaml: not a map'],
    ['- a\n- b\n', 'bad-metadata: cannot parse snap.yaml: not a map'],
    [`${good}a: b: c\n`, /^bad-metadata: cannot parse snap.yaml: yaml: line 3: /],
    [`${good}a: 'open\n`, /^bad-metadata: cannot parse snap.yaml: yaml: line \d+: /],
    [`${good}apps: {[a]: b}`, 'bad-metadata: cannot parse snap.yaml: a key is not a string'],
    [`${good}apps: *nowhere`, /^bad-metadata: /],
    [`${good}apps: &a {b: *a}`, /^bad-metadata: /],
    [`${good}apps: {<<: [x]}`, /^bad-metadata: .*merge key/],
  ];
  for (const [text, complaint] of rows) {
    t.test(`is refused: ${JSON.stringify(text.slice(0, 60))}`, async (t) => {
      const got = complaintOf(() => parseSnapInfo(text)) ?? 'nothing';
      if (typeof complaint === 'string') t.equal(got, complaint);
      else t.match(got, complaint);
    });
  }

  t.test('counts code points, not bytes', async (t) => {
    t.equal([...parseSnapInfo(`${good}title: ${'😀'.repeat(40)}`).title].length, 40);
  });

  const letters = 'abcdefghijk';
  const bomb = [...letters.slice(1)].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${letters[i]}`).join(', ')}]`);
  const hostile: readonly [what: string, text: string][] = [
    ['a billion laughs', `a: &a [x]\n${bomb.join('\n')}\napps: {x: *k}`],
    ['an alias inside itself', 'apps: &a {x: {y: *a}}'],
    ['deep nesting', `apps: ${'{x: '.repeat(60)}1${'}'.repeat(60)}`],
    ['deeper nesting', `apps: ${'['.repeat(100_000)}`],
    ['keys inside keys', `apps: ${'{'.repeat(200)}a${'}: 1'.repeat(199)}}`],
    ['many aliases', `a: &a x\napps: {x: [${'*a, '.repeat(101)}]}`],
    ['many values', `apps: {x: [${'1,'.repeat(100_001)}]}`],
  ];
  for (const [what, text] of hostile) {
    t.test(`with ${what} is refused`, async (t) => {
      t.match(
        complaintOf(() => parseSnapInfo(`${good}${text}\n`)),
        /^bad-metadata: /,
      );
    });
  }
});
