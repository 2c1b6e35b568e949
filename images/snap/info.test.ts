import t from 'tap';
import { parseSnapInfo } from './index.ts';
import { appOf, complaintOf, HEAD, snapOf } from './testing.ts';

t.test('A snap.yaml with name and version has defaults for the rest', async (t) => {
  const {
    apps,
    hooks,
    plugs,
    slots,
    layout,
    systemUsernames,
    links,
    components,
    legacyAliases,
    badInterfaces,
    ...rest
  } = parseSnapInfo('name: foo\nversion: 1.10\n');
  t.same(rest, {
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
    provenance: '',
    assumes: [],
    environment: [],
  });
  const maps = [apps, hooks, plugs, slots, layout, systemUsernames, links, components, legacyAliases, badInterfaces];
  t.same(
    maps.map(({ size }) => size),
    Array(10).fill(0),
  );
});

t.test('A snap.yaml is read whole, scalars as they were written', async (t) => {
  const info = parseSnapInfo(`
name: everything
version: 010
type: gadget
title: yes
summary: ~
description: >
  two
  lines
license: 'GPL-3.0 OR MIT'
provenance: factory-2
architectures: [amd64, "arm64"]
base: core24
epoch: {read: [1, 2], write: [2]}
confinement: classic
grade: devel
assumes: [snapd2.50, common-data-dir]
environment: {B: 1, A: $SNAP/x}
layout:
  /etc/foo: {bind: $SNAP_DATA/foo, mode: 0750}
  /etc/bar: {symlink: $SNAP/bar}
  /etc/baz: {bind-file: $SNAP/baz}
  /opt/tmp: {type: tmpfs, user: root, group: root}
system-usernames: {snap_daemon: shared, other: {scope: private, x: [1]}}
links: {contact: [me@example.com], website: [https://example.com]}
unknown: [things, are, ignored]
`);
  t.match(info, {
    name: 'everything',
    version: '010',
    type: 'gadget',
    title: 'yes',
    summary: '',
    description: 'two lines\n',
    license: 'GPL-3.0 OR MIT',
    provenance: 'factory-2',
    architectures: ['amd64', 'arm64'],
    base: 'core24',
    epoch: { read: [1, 2], write: [2] },
    confinement: 'classic',
    grade: 'devel',
    assumes: ['common-data-dir', 'snapd2.50'],
  });
  t.same(info.environment, [
    ['B', '1'],
    ['A', '$SNAP/x'],
  ]);
  const none = { bind: '', bindFile: '', symlink: '', type: '', user: 'root', group: 'root', mode: 0o755 };
  t.same(
    [...info.layout.values()],
    [
      { ...none, path: '/etc/foo', bind: '$SNAP_DATA/foo', mode: 0o750 },
      { ...none, path: '/etc/bar', symlink: '$SNAP/bar' },
      { ...none, path: '/etc/baz', bindFile: '$SNAP/baz' },
      { ...none, path: '/opt/tmp', type: 'tmpfs' },
    ],
  );
  t.same(Object.fromEntries(info.systemUsernames), {
    snap_daemon: { scope: 'shared', attrs: {} },
    other: { scope: 'private', attrs: { x: [1] } },
  });
  t.same(Object.fromEntries(info.links), { contact: ['me@example.com'], website: ['https://example.com'] });
});

t.test('An app is read whole', async (t) => {
  const info = parseSnapInfo(`${HEAD}
plugs: {network-bind: }
slots: {bus: {interface: dbus, bus: system, name: org.example.N}}
apps:
  first: {command: bin/first, daemon: simple}
  n:
    command: bin/n $SNAP
    command-chain: [bin/a, bin/b]
    aliases: [en, enn]
    common-id: org.example.n
    completer: bash
    autostart: n.desktop
    environment: {Z: z, B: 2}
    daemon: dbus
    stop-command: bin/stop
    reload-command: bin/reload
    post-stop-command: bin/after
    stop-timeout: 1m30s
    start-timeout: 500ms
    watchdog-timeout: 2h
    restart-delay: 1.5s
    restart-condition: no
    success-exit-status: [3, 255]
    stop-mode: sigint-all
    refresh-mode: endure
    install-mode: disable
    after: [first]
    bus-name: org.example.N
    activates-on: [bus]
    sockets: {s: {socket-mode: 0640, listen-stream: $SNAP_DATA/s}, p: {listen-stream: 80}}
    timer: mon,10:00-12:00
`);
  const { sockets, ...app } = appOf(info, 'n');
  t.same(app, {
    name: 'n',
    command: 'bin/n $SNAP',
    commandChain: ['bin/a', 'bin/b'],
    aliases: ['en', 'enn'],
    commonId: 'org.example.n',
    completer: 'bash',
    autostart: 'n.desktop',
    environment: [
      ['Z', 'z'],
      ['B', '2'],
    ],
    plugs: ['network-bind'],
    slots: ['bus'],
    daemon: 'dbus',
    daemonScope: 'system',
    stopCommand: 'bin/stop',
    reloadCommand: 'bin/reload',
    postStopCommand: 'bin/after',
    stopTimeout: 90e9,
    startTimeout: 0.5e9,
    watchdogTimeout: 7200e9,
    restartDelay: 1.5e9,
    restartCondition: 'never',
    successExitStatus: ['3', '255'],
    stopMode: 'sigint-all',
    refreshMode: 'endure',
    installMode: 'disable',
    after: ['first'],
    before: [],
    busName: 'org.example.N',
    activatesOn: ['bus'],
    timer: 'mon,10:00-12:00',
  });
  t.same(Object.fromEntries(sockets), {
    s: { listenStream: '$SNAP_DATA/s', mode: 0o640 },
    p: { listenStream: '80', mode: 0 },
  });
  t.same(Object.fromEntries(info.legacyAliases), { en: 'n', enn: 'n' });
});

t.test('The type of a snap:', async (t) => {
  const types: readonly [line: string, type: string][] = [
    ['type: kernel', 'kernel'],
    ['type: application', 'app'],
    ['type: os', 'os'],
    ['type: base', 'base'],
    ['type:', 'app'],
    ['name: snapd', 'snapd'],
    ['name: snapd\ntype: app', 'snapd'],
    ['type: snapd', 'snapd'],
  ];
  for (const [line, type] of types) t.equal(parseSnapInfo(`${HEAD}${line}\n`).type, type, line);
});

t.test('What snapd takes is taken:', async (t) => {
  const quoted = parseSnapInfo("name: foo\nversion: '1'\ndescription: 'says hello\n\n'\nsummary: \"a\n\" # end\n");
  t.equal(quoted.description, 'says hello\n', 'a quote that stands alone at the start of a line');
  t.equal(quoted.summary, 'a ');
  t.equal(parseSnapInfo(`${HEAD}---\nname: bar\n`).name, 'foo', 'a second document');
  t.equal(parseSnapInfo(`${HEAD}name: bar\n`).name, 'bar', 'a key twice');
  t.same([...parseSnapInfo(`${HEAD}apps: {a: }\napps: {b: }\n`).apps.keys()], ['a', 'b'], 'a map twice');
  const shared = parseSnapInfo(
    `${HEAD}x: &x {command: one, stop-mode: ''}\napps: {y: *x, z: {<<: *x, command: two}}\n`,
  );
  t.same(
    [...shared.apps.values()].map(({ command }) => command),
    ['one', 'two'],
    'aliases and merge keys',
  );
  t.equal(parseSnapInfo(`${HEAD}apps: {z: {command: two, <<: {command: one}}}`).apps.get('z')?.command, 'one');
  t.equal(parseSnapInfo(`${HEAD}base: none\n`).base, 'none');
  t.equal(parseSnapInfo(`${HEAD}type: base\nbase: none\n`).base, 'none');
  t.equal(parseSnapInfo(`${HEAD}grade: experimental\n`).grade, 'devel', 'an unknown grade');
});

t.test('Names from a file are names and nothing else', async (t) => {
  const { plugs } = snapOf('plugs: {net: {interface: network, __proto__: {polluted: 1}, constructor: 2}}');
  const attrs = plugs.get('net')?.attrs ?? {};
  t.same(Object.keys(attrs), ['__proto__', 'constructor']);
  t.equal(Object.getPrototypeOf(attrs), Object.prototype);
  t.notOk('polluted' in {});
});

const rows: readonly [text: string, complaint: string][] = [
  ['', 'bad-name: snap name cannot be empty'],
  ['version: 1\n', 'bad-name: snap name cannot be empty'],
  ['name: foo\nversion: [1]\n', 'line 2: cannot unmarshal !!seq into string'],
  [`${HEAD}type: thing`, 'bad-type: cannot parse snap.yaml: invalid snap type: "thing"'],
  [`${HEAD}type: ""`, 'bad-type: cannot parse snap.yaml: invalid snap type: ""'],
  [`${HEAD}type: NULL`, 'bad-type: cannot parse snap.yaml: invalid snap type: ""'],
  [`${HEAD}confinement: none`, 'bad-confinement: cannot parse snap.yaml: invalid confinement type: "none"'],
  [`${HEAD}epoch: 0*`, 'bad-epoch: cannot parse snap.yaml: 0* is an invalid epoch'],
  [`${HEAD}epoch: {read: []}`, 'bad-epoch: cannot parse snap.yaml: epoch list cannot be explicitly empty'],
  [
    `${HEAD}epoch: {read: 5}`,
    'bad-epoch: cannot parse snap.yaml: epoch read/write attributes must be lists of epoch numbers',
  ],
  [`${HEAD}epoch: [5]`, 'line 3: cannot unmarshal !!seq into snap.structuredEpoch'],
  [
    `${HEAD}layouts: {}`,
    'bad-layout: cannot parse snap.yaml: typo detected: use singular "layout" instead of plural "layouts"',
  ],
  [`${HEAD}architectures: arm64`, 'line 3: cannot unmarshal !!str `arm64` into []string'],
  [`${HEAD}architectures: [[arm64]]`, 'line 3: cannot unmarshal !!seq into string'],
  [`${HEAD}architectures: [""]`, 'bad-architectures: cannot use snap: an architecture is empty'],
  [`${HEAD}apps: [x]`, 'line 3: cannot unmarshal !!seq into map[string]snap.appYaml'],
  [`${HEAD}apps: {x: z}`, 'line 3: cannot unmarshal !!str `z` into snap.appYaml'],
  [`${HEAD}apps: {x: {daemon-scope: all}}`, 'bad-app: cannot parse snap.yaml: invalid daemon scope: "all"'],
  [`${HEAD}apps: {x: {restart-condition: often}}`, 'bad-app: cannot parse snap.yaml: invalid restart condition'],
  [`${HEAD}apps: {x: {stop-timeout: 30}}`, 'bad-app: cannot parse snap.yaml: time: missing unit in duration "30"'],
  [`${HEAD}apps: {x: {sockets: {y: {socket-mode: rw}}}}`, 'line 3: cannot unmarshal !!str `rw` into fs.FileMode'],
  [`${HEAD}apps: {x: {environment: [y]}}`, 'line 3: cannot unmarshal !!seq into map[string]string'],
  [`${HEAD}environment: {A: 1, A: 2}`, 'bad-metadata: cannot parse snap.yaml: found duplicate key "A"'],
  [`${HEAD}environment: {1: 2}`, "bad-metadata: cannot parse snap.yaml: cannot read '\\x01'"],
  [`${HEAD}environment: {yes: 2}`, 'bad-metadata: cannot parse snap.yaml: cannot read %!q(bool=true)'],
  [`${HEAD}components: {x: {type: odd}}`, 'bad-component: cannot parse snap.yaml: unknown component type "odd"'],
  [`${HEAD}layout: {/etc/x: {mode: rw}}`, 'bad-layout: strconv.ParseUint: parsing "rw": invalid syntax'],
  [`${HEAD}links: {2x: [y]}`, 'bad-link: links key is invalid: 2x'],
  [`${HEAD}links: {"": [y]}`, 'bad-link: links key cannot be empty'],
  ['just text', 'line 1: cannot unmarshal !!str `just text` into snap.snapYaml'],
  ['- a\n- b\n', 'line 1: cannot unmarshal !!seq into snap.snapYaml'],
];
for (const [text, complaint] of rows) {
  t.test(`A snap.yaml is refused: ${JSON.stringify(text.slice(0, 60))}`, async (t) => {
    const misfit = 'bad-metadata: cannot parse snap.yaml: yaml: unmarshal errors:\n  ';
    const wanted = complaint.startsWith('line ') ? `${misfit}${complaint}` : complaint;
    t.equal(
      complaintOf(() => parseSnapInfo(text)),
      wanted,
    );
  });
}

t.test('All misfits are named at once', async (t) => {
  t.equal(
    complaintOf(() => parseSnapInfo('name: [x]\ntitle: {}\nassumes: none at all really\n')),
    [
      'bad-metadata: cannot parse snap.yaml: yaml: unmarshal errors:',
      '  line 1: cannot unmarshal !!seq into string',
      '  line 2: cannot unmarshal !!map into string',
      '  line 3: cannot unmarshal !!str `none at...` into []string',
    ].join('\n'),
  );
});

t.test('System usernames and their complaints:', async (t) => {
  const rows: readonly [yaml: string, complaint: string][] = [
    ['{"": shared}', 'system username cannot be empty'],
    ['{x: }', 'system username "x" does not specify a scope'],
    ['{x: [y]}', 'system username "x" has malformed definition (found []interface {})'],
    ['{x: 1}', 'system username "x" has malformed definition (found int)'],
    ['{x: {1: y}}', 'system username "x" has attribute key that is not a string (found int)'],
    ['{x: {"": y}}', 'system username "x" has an empty attribute key'],
    ['{x: {scope: yes}}', 'scope on system username "x" is not a string (found bool)'],
    ['{x: {scope: shared, z: ~}}', 'attribute "z" of system username "x": invalid scalar: <nil>'],
  ];
  for (const [yaml, complaint] of rows) {
    t.equal(
      complaintOf(() => snapOf(`system-usernames: ${yaml}`)),
      `bad-system-username: ${complaint}`,
    );
  }
});

t.test('Lengths are counted in code points, not bytes', async (t) => {
  t.equal([...parseSnapInfo(`${HEAD}title: ${'😀'.repeat(40)}`).title].length, 40);
});

const letters = 'abcdefghijk';
const bomb = [...letters.slice(1)].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${letters[i]}`).join(', ')}]`);
const hostile: readonly [what: string, text: string][] = [
  ['a billion laughs', `a: &a [x]\n${bomb.join('\n')}\nplugs: {x: *k}`],
  ['an alias inside itself', 'plugs: &a {x: {y: *a}}'],
  ['a merge of itself', 'plugs: &a {x: {<<: *a}}'],
  ['deep nesting', `plugs: ${'{x: '.repeat(101)}1${'}'.repeat(101)}`],
  ['deeper nesting', `plugs: ${'['.repeat(100_000)}`],
  ['deep blocks', `plugs:\n${Array.from({ length: 200 }, (_, i) => `${' '.repeat(i + 1)}x:\n`).join('')}`],
  ['keys inside keys', `plugs: ${'{'.repeat(200)}a${'}: 1'.repeat(199)}}`],
  ['many aliases', `a: &a [${'x,'.repeat(100)}]\nplugs: {x: [${'*a, '.repeat(50_000)}]}`],
  ['many misfits', `architectures: [${'[],'.repeat(100_000)}]`],
];
for (const [what, text] of hostile) {
  t.test(`A snap.yaml with ${what} is refused`, async (t) => {
    t.match(
      complaintOf(() => parseSnapInfo(`${HEAD}${text}\n`)),
      /^bad-metadata: cannot parse snap.yaml: yaml: /,
    );
  });
}

t.test('A snap.yaml is bounded before it is parsed', async (t) => {
  const fitting = `${HEAD}#${'x'.repeat(512 * 1024 - HEAD.length - 1)}`;
  t.equal(parseSnapInfo(fitting).name, 'foo');
  const complaint = 'metadata-too-large: cannot use snap: its meta/snap.yaml is larger than 512 KiB';
  t.equal(
    complaintOf(() => parseSnapInfo(`${fitting}x`)),
    complaint,
  );
  t.equal(
    complaintOf(() => parseSnapInfo(Buffer.from(`${fitting}x`))),
    complaint,
  );
});
