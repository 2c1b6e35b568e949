import t from 'tap';
import { snapOf } from '../testing.ts';

const refusal = (attributes: string): string | undefined =>
  snapOf(`slots: {x: {interface: custom-device, ${attributes}}}`).badInterfaces.get('x');

const type = (found: string, key: string, wanted: string): string =>
  `snap "foo" has interface "custom-device" with invalid value type ${found} for "${key}" attribute: *${wanted}`;

const rows: readonly [attributes: string, reason: string | undefined][] = [
  ['devices: [/dev/x]', undefined],
  ['devices: ["/dev/x[0-9]", "/dev/c*"]', undefined],
  ['read-devices: [/dev/x], files: {read: [/sys/x], write: [/sys/y]}', undefined],
  ['custom-device: [x]', 'custom-device "custom-device" attribute must be a string, not [x]'],
  ['a: b', 'cannot use custom-device slot without any files or devices'],
  ['devices: x', type('string', 'devices', '[]string')],
  ['read-devices: [1]', type('[]interface {}', 'read-devices', '[]string')],
  ['files: {read: x}', type('map[string]interface {}', 'files', 'map[string][]string')],
  ['devices: [/x]', 'custom-device "devices" path must start with /dev/ and cannot contain special characters: "/x"'],
  [
    'devices: ["/dev/a@{b"]',
    'custom-device "devices" path must start with /dev/ and cannot contain special characters: "/dev/a@{b"',
  ],
  ['devices: [/dev//x]', 'custom-device "devices" path is not clean: "/dev//x"'],
  ['devices: ["/dev/**"]', 'custom-device "devices" path contains invalid glob pattern "**"'],
  ['devices: ["/dev/[x"]', `custom-device "devices" path cannot be used: missing closing bracket ']': "/dev/[x"`],
  ['devices: ["/dev/x]"]', `custom-device "devices" path cannot be used: pattern contains unmatching ']': "/dev/x]"`],
  [
    'devices: [/dev/x], read-devices: [/dev/x]',
    'cannot specify path "/dev/x" both in "devices" and "read-devices" attributes',
  ],
  ['files: {own: [/x]}', 'cannot specify "own" in "files" section, only "read" and "write" allowed'],
  ['files: {read: [x]}', 'custom-device "read" path must start with / and cannot contain special characters: "x"'],
  ['files: {read: ["/x{a}"]}', 'custom-device "read" path cannot be used: invalid number of items between {}: "/x{a}"'],
  ['files: {read: ["/x{a,b"]}', 'custom-device "read" path cannot be used: missing 1 closing brace(s): "/x{a,b"'],
  [
    'files: {read: ["/x}"]}',
    'custom-device "read" path cannot be used: invalid closing brace, no matching open { found: "/x}"',
  ],
  ['files: {read: ["/x\\\\"]}', `custom-device "read" path cannot be used: expected character after '\\': "/x\\\\"`],
  ['devices: [/dev/x], udev-tagging: x', type('string', 'udev-tagging', '[]map[string]interface {}')],
  ['devices: [/dev/x], udev-tagging: [{kernel: x, subsystem: z, attributes: {a: b}, environment: {c: d}}]', undefined],
  ['devices: [/dev/a/x], udev-tagging: [{kernel: x}]', undefined],
  ['devices: [/dev/x], udev-tagging: [{kernel: z, for-device: /dev/x}]', undefined],
  ['devices: [/dev/x], udev-tagging: [{}]', 'custom-device udev tagging rule missing mandatory "kernel" key'],
  [
    'devices: [/dev/x], udev-tagging: [{kernel: z}]',
    'custom-device "udev-tagging" invalid "kernel" tag: "z" does not match any specified device',
  ],
  [
    'devices: [/dev/a/x, /dev/b/x], udev-tagging: [{kernel: x}]',
    'custom-device "udev-tagging" invalid "kernel" tag: "x" matches more than one specified device: ["/dev/a/x" "/dev/b/x"]',
  ],
  [
    'devices: [/dev/x], udev-tagging: [{kernel: z, for-device: /dev/w}]',
    'custom-device "udev-tagging" invalid "for-device" tag: cannot find matching device "/dev/w"',
  ],
  ['devices: [/dev/x], udev-tagging: [{own: y}]', 'custom-device "udev-tagging" invalid "own" tag: unknown tag'],
  [
    'devices: [/dev/x], udev-tagging: [{kernel: 1}]',
    'custom-device "udev-tagging" invalid "kernel" tag: value "1" is not a string',
  ],
  [
    `devices: [/dev/x], udev-tagging: [{subsystem: 'a"'}]`,
    'custom-device "udev-tagging" invalid "subsystem" tag: value "a"" contains invalid characters',
  ],
  [
    'devices: [/dev/x], udev-tagging: [{attributes: x}]',
    'custom-device "udev-tagging" invalid "attributes" tag: value "x" is not a map',
  ],
  [
    'devices: [/dev/x], udev-tagging: [{environment: {"{": x}}]',
    'custom-device "udev-tagging" invalid "environment" tag: key "{" contains invalid characters',
  ],
];
for (const [attributes, reason] of rows) {
  t.test(`A slot with ${attributes} ${reason === undefined ? 'is good' : 'is refused'}`, async (t) => {
    t.equal(refusal(attributes), reason);
  });
}
