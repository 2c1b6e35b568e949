import t from 'tap';
import { complaintAbout } from '../testing.ts';

const good: readonly string[] = [
  'provenance: factory-2',
  'license: GPL-3.0-or-later',
  'components: {extra: {type: standard, summary: s}}',
  'hooks: {configure: , default-configure: }',
  'slots: {a: mpris}\nplugs: {b: network}',
  'type: base\nbase: none',
  'type: os\nhooks: {configure: }',
  'system-usernames: {snap_daemon: shared, _daemon_: shared}',
  'apps: {a: {common-id: x}, b: {common-id: z}}',
  'apps: {a: {aliases: [a.b_c-d]}}',
];
for (const lines of good) {
  t.test(`${lines.replace('\n', '; ')} is good`, async (t) => {
    t.equal(complaintAbout(lines), undefined);
  });
}

const long = (length: number) => 't'.repeat(length);

const bad: readonly [lines: string, complaint: string][] = [
  ['name: ""', 'bad-name: snap name cannot be empty'],
  ['name: Foo', 'bad-name: invalid snap name: "Foo"'],
  ['name: foo_bar', 'bad-name: invalid snap name: "foo_bar"'],
  ['provenance: global-upload', 'bad-provenance: provenance cannot be set to default (global-upload) explicitly'],
  ['provenance: a--b', 'bad-provenance: invalid provenance: "a--b"'],
  ['components: {C: {type: standard}}', 'bad-name: invalid snap name: "C"'],
  [`components: {cc: {summary: ${long(129)}}}`, 'bad-metadata: summary can have up to 128 codepoints, got 129'],
  [
    `components: {cc: {description: ${long(4097)}}}`,
    'bad-metadata: description can have up to 4096 codepoints, got 4097',
  ],
  [
    'components: {cc: {hooks: {install: {command-chain: [a b]}}}}',
    `bad-hook: hook command-chain contains illegal "a b" (legal: '^[A-Za-z0-9/._#:$-]*$')`,
  ],
  [`title: ${long(41)}`, 'bad-metadata: title can have up to 40 codepoints, got 41'],
  [`description: ${long(4097)}`, 'bad-metadata: description can have up to 4096 codepoints, got 4097'],
  ['version: ""', 'bad-version: invalid snap version: cannot be empty'],
  ['license: Mine', 'bad-license: cannot validate license "Mine": unknown license: Mine'],
  [
    'apps: {a_b: }',
    'bad-app: invalid definition of application "a_b": cannot have "a_b" as app name - use letters, digits, and dash as separator',
  ],
  [
    'apps: {a: {daemon: simple, after: [b]}, b: {daemon: simple, after: [a]}}',
    'bad-app: applications are part of a before/after cycle: a, b',
  ],
  [
    'apps: {a: {aliases: [-x]}}',
    'bad-alias: cannot have "-x" as alias name for app "a" - use only letters, digits, dash, underscore and dot characters',
  ],
  ['hooks: {change-view-X: }', 'bad-hook: invalid hook name: "change-view-X"'],
  ['hooks: {default-configure: }', 'bad-hook: cannot specify "default-configure" hook without "configure" hook'],
  [
    'hooks: {configure: {command-chain: ["a;b"]}}',
    `bad-hook: hook command-chain contains illegal "a;b" (legal: '^[A-Za-z0-9/._#:$-]*$')`,
  ],
  ['plugs: {mpris: network}\nslots: {mpris: }', 'bad-slot: cannot have plug and slot with the same name: "mpris"'],
  ['base: core_x', 'bad-base: base cannot specify a snap instance name: "core_x"'],
  ['base: Core', 'bad-base: invalid base name: invalid snap name: "Core"'],
  ['type: os\nbase: core', 'bad-base: cannot have "base" field on "os" snap "foo"'],
  ['type: base\nbase: core', 'bad-base: cannot have "base" field on "base" snap "foo"'],
  ['base: none\napps: {x: }', 'bad-base: cannot have apps or hooks with base "none"'],
  ['base: none\nhooks: {install: }', 'bad-base: cannot have apps or hooks with base "none"'],
  ['system-usernames: {"b@d": shared}', 'bad-system-username: invalid system username "b@d"'],
  ['links: {contact: }', 'bad-link: "contact" links cannot be specified and empty'],
  [
    'apps: {a: {common-id: x}, b: {common-id: x}}',
    'bad-app: application "b" common-id "x" must be unique, already used by application "a"',
  ],
  ['layout: {/dev/x: {type: tmpfs}}', 'bad-layout: layout "/dev/x" defines a new top-level directory "/dev"'],
];
for (const [lines, complaint] of bad) {
  t.test(`${lines.slice(0, 70).replace('\n', '; ')} is refused`, async (t) => {
    t.equal(complaintAbout(lines), complaint);
  });
}

t.test('What is wrong first in the order of checks is what is said', async (t) => {
  const wrong = [
    'provenance: "-"',
    'name: Foo',
    'components: {C: }',
    `title: ${long(41)}`,
    'version: "-"',
    'license: Mine',
    'apps: {a: {stop-mode: x, aliases: [-x], common-id: i}, b: {common-id: i}}',
    'hooks: {default-configure: }',
    'base: Core',
    'system-usernames: {"b@d": shared}',
    'links: {contact: []}',
    'layout: {"": {type: tmpfs}}',
  ];
  const codes = wrong.map((_, i) => complaintAbout(wrong.slice(i).join('\n'))?.split(':')[0]);
  t.same(codes, [
    'bad-provenance',
    'bad-name',
    'bad-name',
    'bad-metadata',
    'bad-version',
    'bad-license',
    'bad-app',
    'bad-hook',
    'bad-base',
    'bad-system-username',
    'bad-link',
    'bad-layout',
  ]);
});
