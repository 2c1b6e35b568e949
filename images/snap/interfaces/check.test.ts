import t from 'tap';
import { snapOf } from '../testing.ts';

/** Why a plug or slot `x` is left out; undefined where it stays. */
function refusal(side: 'plugs' | 'slots', definition: string, more = ''): string | undefined {
  const snap = snapOf(`${side}: {x: ${definition}}\n${more}`);
  t.equal(snap[side].has('x'), !snap.badInterfaces.has('x'));
  return snap.badInterfaces.get('x');
}

t.test('An interface must be known', async (t) => {
  t.equal(refusal('plugs', 'no-such-interface'), 'unknown interface "no-such-interface"');
  t.equal(refusal('slots', ''), 'unknown interface "x"');
  t.equal(refusal('plugs', 'network'), undefined);
  t.same(snapOf('plugs: {X_y: network}').badInterfaces.get('X_y'), 'invalid plug name: "X_y"');
  t.same(snapOf('slots: {0: mpris}').badInterfaces.get('0'), 'invalid slot name: "0"');
});

t.test('What is left out is bound to nothing', async (t) => {
  const snap = snapOf(`
plugs: {bad: nothing, good: network}
slots: {bus: {interface: dbus, bus: none, name: a.b}}
apps: {a: {daemon: simple, activates-on: [bus]}}
hooks: {configure: {plugs: [bad]}}
`);
  t.same(snap.apps.get('a')?.plugs, ['good']);
  t.same(snap.apps.get('a')?.slots, []);
  t.same(snap.apps.get('a')?.activatesOn, []);
  t.same(snap.hooks.get('configure')?.plugs, ['good']);
  t.same([...snap.plugs.keys(), ...snap.slots.keys()], ['good']);
});

const plugs: readonly [definition: string, reason: string | undefined][] = [
  ['{interface: browser-support, allow-sandbox: yes}', undefined],
  ['{interface: browser-support, allow-sandbox: 1}', "browser-support plug requires bool with 'allow-sandbox'"],
  ['{interface: confdb, account: acme, view: net/wifi}', undefined],
  ['{interface: confdb, view: net/wifi}', 'confdb plug must have an "account" attribute'],
  [
    '{interface: confdb, account: A, view: net/wifi}',
    'confdb plug must have a valid "account" attribute: format mismatch',
  ],
  ['{interface: confdb, account: acme}', 'confdb plug must have a "view" attribute'],
  [
    '{interface: confdb, account: acme, view: net}',
    `confdb plug must have a valid "view" attribute: expected confdb and view names separated by a single '/': net`,
  ],
  [
    '{interface: confdb, account: acme, view: Net/wifi}',
    `confdb plug must have a valid "view" attribute: invalid confdb name: Net does not match '^[a-z](?:-?[a-z0-9])*$'`,
  ],
  [
    '{interface: confdb, account: acme, view: net/0}',
    `confdb plug must have a valid "view" attribute: invalid view name: 0 does not match '^[a-z](?:-?[a-z0-9])*$'`,
  ],
  [
    '{interface: confdb, account: acme, view: net/wifi, role: x}',
    'optional confdb plug "role" attribute must be "custodian"',
  ],
  ['{interface: content, target: $SNAP/x}', undefined],
  ['content', 'content plug must contain target path'],
  ['{interface: content, target: x/}', 'content interface path is not clean: "x/"'],
  ['{interface: content, target: ../x}', 'content interface path is not clean: "../x"'],
  [
    '{interface: content, target: "x*"}',
    'content interface path is invalid: "x*" contains a reserved apparmor char from ?*[]{}^"\0',
  ],
  [
    '{interface: custom-device, custom-device: [x]}',
    'custom-device "custom-device" attribute must be a string, not [x]',
  ],
  ['{interface: dbus, bus: system, name: org.example.X}', undefined],
  ['{interface: dbus, name: a.b}', "cannot find attribute 'bus'"],
  ['{interface: dbus, bus: x, name: a.b}', "bus 'x' must be one of 'session' or 'system'"],
  ['{interface: dbus, bus: system}', "cannot find attribute 'name'"],
  ['{interface: dbus, bus: system, name: ""}', 'DBus bus name must be set'],
  ['{interface: dbus, bus: system, name: x}', 'invalid DBus bus name: "x"'],
  ['{interface: dbus, bus: system, name: a.b-5}', 'DBus bus name must not end with -NUMBER'],
  [`{interface: dbus, bus: system, name: a.${'b'.repeat(254)}}`, 'DBus bus name is too long (must be <= 255)'],
  ['{interface: desktop, mount-host-font-cache: no, desktop-file-ids: [a.b]}', undefined],
  ['{interface: desktop, mount-host-font-cache: 0}', "desktop plug requires bool with 'mount-host-font-cache'"],
  [
    '{interface: desktop, desktop-file-ids: x}',
    'cannot add desktop plug: "desktop-file-ids" must be a list of strings',
  ],
  [
    '{interface: desktop, desktop-file-ids: [1]}',
    'cannot add desktop plug: "desktop-file-ids" must be a list of strings',
  ],
  [
    '{interface: desktop, desktop-file-ids: [a.0]}',
    'desktop-file-ids entry "a.0" is not a valid D-Bus well-known name',
  ],
  [
    '{interface: docker-support, privileged-containers: x}',
    "docker-support plug requires bool with 'privileged-containers'",
  ],
  ['{interface: home, read: all}', undefined],
  ['{interface: home, read: some}', `home plug requires "read" be 'all'`],
  ['{interface: kubernetes-support, flavor: kubelet}', undefined],
  [
    '{interface: kubernetes-support, flavor: x}',
    'kubernetes-support plug requires "flavor" to be either "kubelet", "kubeproxy" or "autobind-unix"',
  ],
  [
    '{interface: lxd-support, enable-unconfined-mode: x}',
    "lxd-support plug requires bool with 'enable-unconfined-mode'",
  ],
  ['{interface: netlink-driver, family-name: foo}', undefined],
  ['netlink-driver', 'netlink-driver plug must have a family-name attribute'],
  ['{interface: netlink-driver, family-name: 1}', 'netlink-driver plug family-name attribute must be a string'],
  ['{interface: netlink-driver, family-name: foo-}', 'netlink-driver plug family-name "foo-" is invalid'],
  ['{interface: optical-drive, write: x}', 'optical-drive "write" attribute must be a boolean'],
  ['{interface: personal-files, read: [$HOME/.x], write: [$HOME/y]}', undefined],
  ['personal-files', 'cannot add personal-files plug: needs valid "read" or "write" attribute'],
  ['{interface: personal-files, read: $HOME/x}', 'cannot add personal-files plug: "read" must be a list of strings'],
  ['{interface: personal-files, write: [1]}', 'cannot add personal-files plug: "write" must be a list of strings'],
  ['{interface: personal-files, read: [/x]}', 'cannot add personal-files plug: "/x" must start with "$HOME/"'],
  [
    '{interface: personal-files, read: [$HOME/$HOME]}',
    'cannot add personal-files plug: $HOME must only be used at the start of the path of "$HOME/$HOME"',
  ],
  ['{interface: system-files, read: [/etc/x]}', undefined],
  ['{interface: system-files, read: [etc]}', 'cannot add system-files plug: "etc" must start with "/"'],
  ['{interface: system-files, read: [/$HOME]}', 'cannot add system-files plug: $HOME cannot be used in "/$HOME"'],
  ['{interface: system-files, read: [/x/]}', 'cannot add system-files plug: "/x/" cannot end with "/"'],
  ['{interface: system-files, read: ["/x@"]}', 'cannot add system-files plug: "/x@" cannot end with "@"'],
  ['{interface: system-files, read: [/x//y]}', 'cannot add system-files plug: cannot use "/x//y": try "/x/y"'],
  ['{interface: system-files, read: [/x~]}', 'cannot add system-files plug: "/x~" cannot contain "~"'],
  [
    '{interface: system-files, read: ["/x?"]}',
    'cannot add system-files plug: "/x?" contains a reserved apparmor char from ?*[]{}^"\0',
  ],
  ['{interface: polkit, action-prefix: org.example}', undefined],
  ['polkit', 'snap "foo" does not have attribute "action-prefix" for interface "polkit"'],
  [
    '{interface: polkit, action-prefix: 5}',
    'snap "foo" has interface "polkit" with invalid value type int64 for "action-prefix" attribute: *string',
  ],
  ['{interface: polkit, action-prefix: x}', 'plug has invalid action-prefix: "x"'],
  ['{interface: posix-mq, posix-mq: 1}', 'posix-mq "posix-mq" attribute must be a string, not 1'],
  ['{interface: shared-memory, private: x}', 'shared-memory "private" attribute must be a bool, not x'],
  ['{interface: shared-memory, shared-memory: 1}', 'shared-memory "shared-memory" attribute must be a string, not 1'],
  [
    '{interface: shared-memory, private: yes, shared-memory: z}',
    'shared-memory "shared-memory" attribute must not be set together with "private: true"',
  ],
  ['{interface: snapd-control, refresh-schedule: managed}', undefined],
  ['{interface: snapd-control, refresh-schedule: x}', 'unsupported refresh-schedule value: "x"'],
  [
    '{interface: snap-interfaces-requests-control, handler-service: [a]}',
    'snap-interfaces-requests-control "handler-service" attribute must be a string, not []interface {} [a]',
  ],
  [
    '{interface: snap-interfaces-requests-control, handler-service: a}',
    'declared handler service "a" not found in snap',
  ],
];
for (const [definition, reason] of plugs) {
  t.test(`A plug ${definition.slice(0, 80)} ${reason === undefined ? 'is good' : 'is refused'}`, async (t) => {
    t.equal(refusal('plugs', definition), reason);
  });
}

const slots: readonly [definition: string, reason: string | undefined][] = [
  ['{interface: bool-file, path: /sys/class/leds/x/brightness}', undefined],
  ['{interface: bool-file, path: /sys/class/gpio/gpio5/value}', undefined],
  ['bool-file', 'bool-file must contain the path attribute'],
  ['{interface: bool-file, path: /etc/passwd}', 'bool-file can only point at LED brightness or GPIO value'],
  ['{interface: content, read: [$SNAP/x]}', undefined],
  ['{interface: content, source: {write: [$SNAP/x]}}', undefined],
  ['content', 'read or write path must be set'],
  ['{interface: content, read: [1]}', 'read or write path must be set'],
  ['{interface: content, source: {read: [x]}, read: [y]}', 'move the "read" attribute into the "source" section'],
  ['{interface: content, source: {read: [x]}, write: [y]}', 'move the "write" attribute into the "source" section'],
  ['{interface: content, write: [x//y]}', 'content interface path is not clean: "x//y"'],
  ['cups', undefined],
  ['{interface: cups, cups-socket-directory: $SNAP_COMMON/x}', undefined],
  [
    '{interface: cups, cups-socket-directory: $SNAP/x}',
    'cups-socket-directory must be a directory of $SNAP_COMMON or $SNAP_DATA',
  ],
  ['{interface: cups, cups-socket-directory: $SNAP_DATA/$X}', 'reference to unknown variable "$X"'],
  ['{interface: cups, cups-socket-directory: $SNAP_DATA/}', 'cups-socket-directory is not clean: "$SNAP_DATA/"'],
  [
    '{interface: cups, cups-socket-directory: "$SNAP_DATA/*"}',
    'cups-socket-directory is not usable: "$SNAP_DATA/*" contains a reserved apparmor char from ?*[]{}^"\0',
  ],
  [
    '{interface: cups, cups-socket-directory: 1}',
    'snap "foo" has interface "cups" with invalid value type int64 for "cups-socket-directory" attribute: *string',
  ],
  ['{interface: gpio, number: 5}', undefined],
  ['gpio', 'gpio slot must have a number attribute'],
  ['{interface: gpio, number: 5.0}', 'gpio slot number attribute must be an int'],
  ['{interface: hidraw, path: /dev/hidraw0}', undefined],
  ['hidraw', 'hidraw slots must have a path attribute'],
  ['{interface: hidraw, path: /dev/x}', 'hidraw path attribute must be a valid device node'],
  ['{interface: hidraw, path: /dev/hidraw-x, usb-vendor: 1, usb-product: 0}', undefined],
  [
    '{interface: hidraw, path: /dev/hidraw0, usb-vendor: 1}',
    'hidraw path attribute specifies invalid symlink location',
  ],
  ['{interface: i2c, path: /dev/i2c-0}', undefined],
  ['{interface: i2c, sysfs-name: 1-0050}', undefined],
  ['i2c', 'i2c slot must have a path or sysfs-name attribute'],
  ['{interface: i2c, path: /dev/i2c}', 'i2c path attribute must be a valid device node'],
  ['{interface: i2c, sysfs-name: a/b}', 'i2c sysfs-name attribute must be a valid sysfs-name'],
  ['{interface: i2c, sysfs-name: a, path: /dev/i2c-0}', 'i2c slot can only use path or sysfs-name'],
  ['{interface: iio, path: "/dev/iio:device0"}', undefined],
  ['iio', 'iio slot must have a path attribute'],
  ['{interface: iio, path: /dev/iio}', 'iio path attribute must be a valid device node'],
  ['{interface: mpris, name: vlc}', undefined],
  ['{interface: mpris, x: y}', "unknown attribute 'x'"],
  ['{interface: mpris, name: 1}', 'name element 1 is not a string'],
  ['{interface: mpris, name: a.b}', 'invalid name element: "a.b"'],
  ['{interface: netlink-driver, family: 5, family-name: foo}', undefined],
  ['netlink-driver', 'netlink-driver slot must have a family number attribute'],
  ['{interface: netlink-driver, family: x}', 'netlink-driver slot family number attribute must be an int'],
  ['{interface: netlink-driver, family: 5}', 'netlink-driver slot must have a family-name attribute'],
  ['{interface: pkcs11, pkcs11-socket: /run/p11-kit/x}', undefined],
  ['pkcs11', 'cannot use pkcs11 slot without "pkcs11-socket" attribute'],
  ['{interface: pkcs11, pkcs11-socket: 1}', 'pkcs11 slot "pkcs11-socket" attribute must be a string, not 1'],
  ['{interface: pkcs11, pkcs11-socket: /run//x}', 'pkcs11 unix socket path is not clean: "/run//x"'],
  [
    '{interface: pkcs11, pkcs11-socket: /run/x}',
    'pkcs11 unix socket has to be in the /run/p11-kit directory: "/run/x"',
  ],
  ['{interface: posix-mq, path: x, permissions: [read]}', undefined],
  ['{interface: posix-mq, path: [/x, z]}', undefined],
  ['posix-mq', 'posix-mq slot requires the "path" attribute'],
  ['{interface: posix-mq, path: []}', 'posix-mq slot requires at least one value in the "path" attribute'],
  ['{interface: posix-mq, path: ""}', 'posix-mq slot "path" attribute values cannot be empty'],
  [
    '{interface: posix-mq, path: /x/y}',
    'posix-mq "path" attribute must conform to the POSIX message queue name specifications (see "man mq_overview"): /x/y',
  ],
  ['{interface: posix-mq, path: "/x*"}', 'posix-mq "path" attribute is invalid: /x*"'],
  ['{interface: posix-mq, path: ..}', 'posix-mq "path" attribute is not a clean path: "/.."'],
  [
    '{interface: posix-mq, path: x, permissions: [own]}',
    'posix-mq slot permission "own" not valid, must be one of [open read write create delete]',
  ],
  [
    '{interface: posix-mq, path: 5}',
    'snap "foo" has interface "posix-mq" with invalid value type int64 for "path" attribute: *[]string',
  ],
  ['{interface: pwm, channel: 1, chip-number: 2}', undefined],
  ['pwm', 'pwm slot must have a channel attribute'],
  ['{interface: pwm, channel: 1}', 'pwm slot must have a chip-number attribute'],
  ['{interface: pwm, channel: x}', 'pwm slot channel attribute must be an int'],
  ['{interface: qualcomm-ipc-router, qcipc: tag, address: "1:2"}', undefined],
  ['qualcomm-ipc-router', 'qualcomm-ipc-router slot must have a qcipc attribute'],
  ['{interface: qualcomm-ipc-router, qcipc: ""}', 'qualcomm-ipc-router qcipc attribute cannot be empty'],
  ['{interface: qualcomm-ipc-router, qcipc: A}', 'bad name for qcipc attribute: invalid tag name: "A"'],
  ['{interface: qualcomm-ipc-router, qcipc: a}', 'qualcomm-ipc-router slot must have an address attribute'],
  [
    '{interface: qualcomm-ipc-router, qcipc: a, address: "*"}',
    'address is invalid: "*" contains a reserved apparmor char from ?*[]{}^"\0',
  ],
  ...['sda1', 'sdiv15', 'hda63', 'mmcblk0p1', 'nvme0n1p1', 'nvme0p1', 'vda1', 'i2o/hda1'].map(
    (name) => [`{interface: raw-volume, path: /dev/${name}}`, undefined] as [string, undefined],
  ),
  ...['sda', 'sda16', 'sdiw1', 'hda64', 'mmcblk0', 'nvme0n1', 'loop0'].map(
    (name) =>
      [`{interface: raw-volume, path: /dev/${name}}`, 'slot "foo:x" path attribute must be a valid device node'] as [
        string,
        string,
      ],
  ),
  ['raw-volume', 'slot "foo:x" must have a path attribute'],
  ['{interface: raw-volume, path: /dev//sda1}', 'cannot use slot "foo:x" path "/dev//sda1": try "/dev/sda1""'],
  ['{interface: uio, path: /dev/uio0}', undefined],
  ['{interface: uio, path: /dev/uio}', 'slot "foo:x" path attribute must be a valid UIO device node'],
  ['{interface: serial-port, path: /dev/ttyUSB0}', undefined],
  ['{interface: serial-port, path: /dev//ttyS0}', undefined],
  ['serial-port', 'serial-port slot must have a path attribute'],
  ['{interface: serial-port, path: /dev/tty0}', 'serial-port path attribute must be a valid device node'],
  ['{interface: serial-port, path: /dev/serial-port-x, usb-vendor: 1, usb-product: 2}', undefined],
  [
    '{interface: serial-port, path: /dev/ttyUSB0, usb-vendor: 1, usb-product: 2}',
    'serial-port path attribute specifies invalid symlink location',
  ],
  [
    '{interface: serial-port, path: /dev/serial-port-x, usb-product: 2}',
    'serial-port slot failed to find usb-vendor attribute',
  ],
  [
    '{interface: serial-port, path: /dev/serial-port-x, usb-vendor: 1}',
    'serial-port slot failed to find usb-product attribute',
  ],
  [
    '{interface: serial-port, path: /dev/serial-port-x, usb-vendor: 0, usb-product: 2}',
    'serial-port usb-vendor attribute not valid: 0',
  ],
  [
    '{interface: serial-port, path: /dev/serial-port-x, usb-vendor: 1, usb-product: 65536}',
    'serial-port usb-product attribute not valid: 65536',
  ],
  [
    '{interface: serial-port, path: /dev/serial-port-x, usb-vendor: 1, usb-product: 2, usb-interface-number: 32}',
    'serial-port usb-interface-number attribute cannot be negative or larger than 31',
  ],
  ['{interface: shared-memory, read: ["x*"]}', undefined],
  ['shared-memory', 'shared memory interface requires at least a valid "read" or "write" attribute'],
  ['{interface: shared-memory, read: x}', 'shared-memory "read" attribute must be a list of strings, not "x"'],
  ['{interface: shared-memory, write: [""]}', 'shared-memory interface path is empty'],
  ['{interface: shared-memory, write: [" x"]}', 'shared-memory interface path has leading or trailing spaces: " x"'],
  [
    '{interface: shared-memory, write: ["x?"]}',
    'shared-memory interface path is invalid: "x?" contains a reserved apparmor char from ?[]{}^"\0',
  ],
  [
    '{interface: shared-memory, write: ["x**"]}',
    'shared-memory interface path is invalid: "x**" contains ** which is unsupported',
  ],
  ['{interface: shared-memory, write: [a/b]}', `shared-memory interface path should not contain '/': "a/b"`],
  ['{interface: shared-memory, write: [..]}', 'shared-memory interface path is not clean: ".."'],
  ['{interface: spi, path: /dev/spidev0.0}', undefined],
  ['spi', 'slot "foo:x" must have a path attribute'],
  ['{interface: spi, path: /dev/spi}', '"/dev/spi" is not a valid SPI device'],
];
for (const [definition, reason] of slots) {
  t.test(`A slot ${definition} ${reason === undefined ? 'is good' : 'is refused'}`, async (t) => {
    t.equal(refusal('slots', definition), reason);
  });
}

t.test('Attributes that name what is shared are the name of the plug or slot where they are missing', async (t) => {
  const { plugs, slots } = snapOf(`
plugs: {a: {interface: content, target: x}, b: shared-memory, c: posix-mq, d: custom-device}
slots: {e: {interface: content, content: other, read: [x]}, f: {interface: shared-memory, write: [x]}}
`);
  t.same(plugs.get('a')?.attrs, { target: 'x', content: 'a' });
  t.same(plugs.get('b')?.attrs, { private: false, 'shared-memory': 'b' });
  t.same(plugs.get('c')?.attrs, { 'posix-mq': 'c' });
  t.same(plugs.get('d')?.attrs, { 'custom-device': 'd' });
  t.same(slots.get('e')?.attrs, { content: 'other', read: ['x'] });
  t.same(slots.get('f')?.attrs, { 'shared-memory': 'f', write: ['x'] });
});

t.test('Private shared memory is alone', async (t) => {
  const own = 'x: {interface: shared-memory, private: true}';
  const reason = 'shared-memory plug with "private: true" set cannot be used with';
  t.equal(snapOf(`plugs: {${own}}`).badInterfaces.size, 0);
  t.equal(snapOf(`plugs: {${own}, y: shared-memory}`).badInterfaces.get('x'), `${reason} other shared-memory plugs`);
  t.equal(
    snapOf(`plugs: {${own}}\nslots: {y: {interface: shared-memory, read: [a]}}`).badInterfaces.get('x'),
    `${reason} shared-memory slots`,
  );
});

t.test('Whoever answers prompts is a service of the user', async (t) => {
  const definition = '{interface: snap-interfaces-requests-control, handler-service: a}';
  const reason = 'declared handler service "a" is not a user service';
  t.equal(refusal('plugs', definition, 'apps: {a: {daemon: simple, daemon-scope: user}}'), undefined);
  t.equal(refusal('plugs', definition, 'apps: {a: {daemon: simple}}'), reason);
  t.equal(refusal('plugs', definition, 'apps: {a: }'), reason);
});
