import t from 'tap';
import { appOf, complaintAbout, snapOf } from '../testing.ts';

t.test('A plug or slot has three forms', async (t) => {
  const { plugs } = snapOf(
    'plugs: {network: , net: network, files: {interface: home, label: Files, read: all, i: 5, f: 1.5, l: [a, {b: on}]}}',
  );
  const none = { label: '', attrs: {}, unscoped: true, apps: [], hooks: [] };
  t.same(
    [...plugs.values()],
    [
      { ...none, name: 'network', interface: 'network' },
      { ...none, name: 'net', interface: 'network' },
      {
        ...none,
        name: 'files',
        interface: 'home',
        label: 'Files',
        attrs: { read: 'all', i: 5, f: 1.5, l: ['a', { b: true }] },
      },
    ],
  );
});

const bad: readonly [lines: string, complaint: string][] = [
  ['plugs: {a: 1}', 'bad-plug: plug "a" has malformed definition (found int)'],
  ['plugs: {a: yes}', 'bad-plug: plug "a" has malformed definition (found bool)'],
  ['plugs: {a: 1.5}', 'bad-plug: plug "a" has malformed definition (found float64)'],
  ['slots: {a: [b]}', 'bad-slot: slot "a" has malformed definition (found []interface {})'],
  ['plugs: {a: {1: b}}', 'bad-plug: plug "a" has attribute key that is not a string (found int)'],
  ['plugs: {a: {~: b}}', 'bad-plug: plug "a" has attribute key that is not a string (found <nil>)'],
  ['plugs: {a: {$x: b}}', 'bad-plug: plug "a" uses reserved attribute "$x"'],
  ['plugs: {a: {"": b}}', 'bad-plug: plug "a" has an empty attribute key'],
  ['plugs: {a: {interface: [b]}}', 'bad-plug: interface name on plug "a" is not a string (found []interface {})'],
  ['slots: {a: {label: {b: c}}}', 'bad-slot: label of slot "a" is not a string (found map[interface {}]interface {})'],
  ['plugs: {a: {x: ~}}', 'bad-plug: attribute "x" of plug "a": invalid scalar: <nil>'],
  ['slots: {a: {x: [{b: ~}]}}', 'bad-slot: attribute "x" of slot "a": invalid scalar: <nil>'],
  ['plugs: {a: {x: {1: b}}}', 'bad-plug: attribute "x" of plug "a": non-string key: 1'],
  [
    'plugs: {a: {x: 18446744073709551615}}',
    'bad-plug: attribute "x" of plug "a": invalid scalar: 18446744073709551615',
  ],
  [
    'components: {c: {type: kernel-modules}}',
    'bad-component: kernel-modules components can exist only for kernel snaps',
  ],
  ['components: {c: {hooks: {configure: }}}', 'bad-component: unsupported component hook: "configure"'],
  ['components: {c: {hooks: {install: {slots: [a]}}}}', 'bad-component: component hooks cannot have slots'],
  [
    'apps: {a: {daemon: dbus, activates-on: [b]}}',
    'bad-app: invalid activates-on value "b" on app "a": slot not found',
  ],
  ['apps: {a: {aliases: [x]}, b: {aliases: [x]}}', 'bad-alias: cannot set "x" as alias for both "a" and "b"'],
];
for (const [lines, complaint] of bad) {
  t.test(`${lines} is refused`, async (t) => {
    t.equal(complaintAbout(lines), complaint);
  });
}

t.test('What nothing names is bound to all, what something names only to that', async (t) => {
  const snap = snapOf(`
plugs: {network: , home: }
slots: {mpris: }
apps:
  one: {plugs: [home, x11]}
  two:
hooks:
  configure: {plugs: [network-bind], slots: [mpris], command-chain: [bin/x], environment: {A: b}}
  no-such-hook: {plugs: [camera]}
components:
  extra: {type: standard, summary: s, description: d, hooks: {install: {plugs: [wayland]}}}
`);
  t.same(appOf(snap, 'one').plugs, ['home', 'network', 'x11']);
  t.same(appOf(snap, 'two').plugs, ['network']);
  t.same(appOf(snap, 'two').slots, []);
  t.same([...snap.hooks.keys()], ['configure']);
  t.same(snap.hooks.get('configure'), {
    name: 'configure',
    plugs: ['network', 'network-bind'],
    slots: ['mpris'],
    environment: [['A', 'b']],
    commandChain: ['bin/x'],
  });
  t.same(snap.components.get('extra')?.hooks.get('install')?.plugs, ['network', 'wayland']);
  t.match(snap.plugs.get('network'), { unscoped: true, apps: ['one', 'two'], hooks: ['configure'] });
  t.match(snap.plugs.get('home'), { unscoped: false, apps: ['one'], hooks: [] });
  t.match(snap.plugs.get('x11'), { interface: 'x11', unscoped: false, attrs: {}, apps: ['one'] });
  t.notOk(snap.plugs.has('camera'), 'a hook that nothing runs brings nothing');
  t.match(snap.slots.get('mpris'), { hooks: ['configure'], apps: [] });
});

t.test('A slot that starts a service belongs to it alone', async (t) => {
  const snap = snapOf(`
slots: {bus: {interface: dbus, bus: session, name: org.example.X}}
apps: {a: {daemon: simple, daemon-scope: user, activates-on: [bus]}, b: }
`);
  t.same(appOf(snap, 'a').slots, ['bus']);
  t.same(appOf(snap, 'a').activatesOn, ['bus']);
  t.same(appOf(snap, 'b').slots, []);
  t.equal(appOf(snap, 'a').daemonScope, 'user');
  t.equal(appOf(snap, 'b').daemonScope, '');
});

t.test('Plugs of the old core that have names of its slots get others', async (t) => {
  const core =
    'name: core\ntype: os\nplugs: {core-support: , network-bind: }\nhooks: {configure: {plugs: [core-support]}}';
  const snap = snapOf(core);
  t.same([...snap.plugs.keys()].sort(), ['core-support-plug', 'network-bind-plug']);
  t.same(snap.hooks.get('configure')?.plugs, ['core-support-plug', 'network-bind-plug']);
  t.equal(snap.plugs.get('core-support-plug')?.interface, 'core-support');
  t.ok(snapOf(core.replace('os', 'app')).plugs.has('core-support'));
});

t.test('Hooks are those that are run', async (t) => {
  const names = [
    ...['prepare-device', 'install-device', 'default-configure', 'configure', 'install', 'pre-refresh', 'post-refresh'],
    ...['remove', 'check-health', 'fde-setup', 'gate-auto-refresh', 'prepare-plug-x', 'unprepare-slot-y'],
    ...['connect-plug-x', 'disconnect-slot-y', 'change-view-x', 'save-view-x', 'x-view-changed'],
  ];
  const strange = ['configured', 'prepare-x', 'connect-plug-', 'connect-plug-X', 'view-changed'];
  const { hooks } = snapOf(`hooks: {${[...names, ...strange].map((name) => `${name}: `).join(', ')}}`);
  t.same([...hooks.keys()], names);
});
