/** Snaps that no device can use, sent to the API of one: each is refused with a clear error, and nothing changes. */
import t from 'tap';
import type { SnapOptions } from '../fixture.ts';
import { served } from '../fixture-api.ts';
import { treeOf } from '../fixture-http.ts';

const yaml = (more: string) => `name: shop\nversion: '1'\nbase: bookworm\nsummary: s\ndescription: d\n${more}`;

function withYaml(text: string): SnapOptions {
  return { name: 'shop', files: { 'meta/snap.yaml': text } };
}

const bad: Readonly<Record<string, readonly [message: RegExp, snap: SnapOptions]>> = {
  'a snap.yaml that is no YAML': [/cannot parse snap\.yaml: /, withYaml('name: [shop')],
  'a snap.yaml of another form': [/cannot parse snap\.yaml: /, withYaml('- shop')],
  'a huge snap.yaml': [/its meta\/snap\.yaml is larger than 512 KiB/, withYaml(yaml(`# ${'x'.repeat(600_000)}`))],
  'a name that leads out': [/invalid snap name/, withYaml(yaml('').replace('name: shop', 'name: ../shop'))],
  'a version that leads out': [/invalid snap version/, withYaml(yaml('').replace("'1'", "'../1'"))],
  'an app whose name leads out': [/app name|"\.\.\/run"/, withYaml(yaml('apps:\n  ../run: {command: bin/run}\n'))],
  'a command that leads out': [/leads out/, withYaml(yaml('apps: {shop: {command: ../../../bin/sh}}\n'))],
  'a command chain that leads out': [
    /leads out/,
    withYaml(yaml('apps: {shop: {command: bin/run, command-chain: [/../../bin/sh]}}\n')),
  ],
  'a hook whose command chain leads out': [
    /leads out/,
    withYaml(yaml('hooks: {install: {command-chain: [../../../bin/sh]}}\n')),
  ],
  'a socket with more than its own line': [
    /control character/,
    withYaml(
      yaml(
        'apps: {shop: {command: bin/run, daemon: simple, plugs: [network-bind], sockets: {s: {listen-stream: "$SNAP_DATA/s\\nExecStartPre=/bin/sh"}}}}\n',
      ),
    ),
  ],
  'a layout that leads out': [/layout/, withYaml(yaml('layout:\n  /usr/../../etc: {bind: $SNAP/etc}\n'))],
  'a layout over what is not the snap’s': [/layout/, withYaml(yaml('layout:\n  /proc/x: {bind: $SNAP/etc}\n'))],
  'a layout from outside of the snap': [/layout/, withYaml(yaml('layout:\n  /usr/x: {symlink: /etc/passwd}\n'))],
  'a missing base': [/cannot find required base "missing"/, withYaml(yaml('').replace('bookworm', 'missing'))],
  'assumes that are not met': [/assumes unsupported features: time-travel/, withYaml(yaml('assumes: [time-travel]\n'))],
  'an epoch that is none': [/epoch/, withYaml(yaml('epoch: 0*\n'))],
};

t.test('what no device can use is refused, and nothing changes', async (t) => {
  const { layout, install, snap } = await served(t);
  for (const [what, [message, options]] of Object.entries(bad)) {
    const before = await treeOf(layout.root);
    const answer = await install(await snap(options));
    t.match(answer, { status: 400, body: { type: 'error', result: { message } } }, what);
    t.strictSame(await treeOf(layout.root), before, `${what}: nothing changed`);
  }
});

t.test('a symlink in the place of the metadata is refused', async (t) => {
  const { layout, install, snap } = await served(t);
  const options = { name: 'shop', files: {}, links: { 'meta/snap.yaml': '../../../../etc/hostname' } };
  const before = await treeOf(layout.root);
  const answer = await install(await snap(options));
  t.match(answer, { status: 400, body: { result: { message: /^cannot install some\.snap: / } } });
  t.strictSame(await treeOf(layout.root), before);
});

t.test('M2: an epoch that cannot read what is there is refused', async (t) => {
  const { layout, install, snap, machine } = await served(t);
  const epoch = (number: string) => withYaml(yaml(`epoch: ${number}\n`));
  await install(await snap(epoch('1')));
  await machine.settled();
  const before = await treeOf(layout.root);
  t.match(await install(await snap(epoch('42'))), {
    status: 400,
    body: {
      result: {
        message: 'cannot refresh "shop" to local snap with epoch 42, because it can\'t read the current epoch of 1',
      },
    },
  });
  t.strictSame(await treeOf(layout.root), before);
});
