import type { Draft, End } from '../bind/draft.ts';
import { cleanPath } from '../path.ts';
import { quote } from '../quote.ts';
import { integerOf, refuse, textOf } from './attributes.ts';

/** Interfaces of one USB device. */
const MAX_USB_INTERFACES = 32n;

const SERIAL_NODE = /^\/dev\/tty(mxc|USB|ACM|AMA|XRUSB|S|O|SC|MSM|HS|GS|LP|RPMSG)[0-9]+$/;
const SERIAL_LINK = /^\/dev\/serial-port-[a-z0-9]+$/;
const HIDRAW_NODE = /^\/dev\/hidraw[0-9]{1,3}$/;
const HIDRAW_LINK = /^\/dev\/hidraw-[a-z0-9]+$/;

const PARTITION_1_TO_63 = '([1-9]|[1-5][0-9]|6[0-3])';
const PARTITION_1_TO_15 = '([1-9]|1[0-5])';
/** Partitions of disks that Linux knows by a fixed name; never a whole disk. */
const PARTITION = new RegExp(
  `^/dev/(${[
    `hd[a-t]${PARTITION_1_TO_63}`,
    `sd([a-z]|[a-h][a-z]|i[a-v])${PARTITION_1_TO_15}`,
    `i2o/hd([a-z]|[a-c][a-z]|d[a-x])${PARTITION_1_TO_15}`,
    `mmcblk([0-9]|[1-9][0-9]{1,2})p${PARTITION_1_TO_63}`,
    `nvme([0-9]|[1-9][0-9])(n${PARTITION_1_TO_63}){0,1}p${PARTITION_1_TO_63}`,
    `vd[a-z]${PARTITION_1_TO_63}`,
  ].join('|')})$`,
);

/** A path that is cleaned before it is compared. */
function cleanedPath(end: End, missing: string): string {
  const path = textOf(end, 'path') ?? '';
  return path === '' ? refuse(missing) : cleanPath(path);
}

export function checkBoolFileSlot(end: End): void {
  const path = cleanedPath(end, 'bool-file must contain the path attribute');
  if (!/^\/sys\/class\/(leds\/[^/]+\/brightness|gpio\/gpio[0-9]+\/value)$/.test(path)) {
    refuse('bool-file can only point at LED brightness or GPIO value');
  }
}

export function checkSerialPortSlot(end: End): void {
  const isUsb = checkUsbNode(end, 'serial-port', SERIAL_NODE, SERIAL_LINK, 'usb-interface-number');
  const number = integerOf(end, 'usb-interface-number');
  if (isUsb && number !== undefined && (number < 0n || number >= MAX_USB_INTERFACES)) {
    refuse(`serial-port usb-interface-number attribute cannot be negative or larger than ${MAX_USB_INTERFACES - 1n}`);
  }
}

export function checkHidrawSlot(end: End): void {
  checkUsbNode(end, 'hidraw', HIDRAW_NODE, HIDRAW_LINK);
}

/** A device node, or a link to whatever device has the numbers given. True for the latter. */
function checkUsbNode(end: End, name: string, node: RegExp, link: RegExp, ...more: readonly string[]): boolean {
  const verb = name === 'hidraw' ? 'hidraw slots' : `${name} slot`;
  const path = cleanedPath(end, `${verb} must have a path attribute`);
  const isUsb = ['usb-vendor', 'usb-product', ...more].some((key) => integerOf(end, key) !== undefined);
  if (!isUsb) {
    if (!node.test(path)) refuse(`${name} path attribute must be a valid device node`);
    return false;
  }
  if (!link.test(path)) refuse(`${name} path attribute specifies invalid symlink location`);
  for (const [key, least] of [
    ['usb-vendor', 1n],
    ['usb-product', 0n],
  ] as const) {
    const id = integerOf(end, key);
    if (id === undefined) refuse(`${name} slot failed to find ${key} attribute`);
    if (id < least || id > 0xffffn) refuse(`${name} ${key} attribute not valid: ${id}`);
  }
  return true;
}

export function checkI2cSlot(end: End): void {
  const name = textOf(end, 'sysfs-name');
  if (name === undefined) {
    const path = cleanedPath(end, 'i2c slot must have a path or sysfs-name attribute');
    if (!/^\/dev\/i2c-[0-9]+$/.test(path)) refuse('i2c path attribute must be a valid device node');
    return;
  }
  if (!/^[a-zA-Z0-9_-]+$/.test(name)) refuse('i2c sysfs-name attribute must be a valid sysfs-name');
  if (textOf(end, 'path') !== undefined) refuse('i2c slot can only use path or sysfs-name');
}

export function checkIioSlot(end: End): void {
  const path = cleanedPath(end, 'iio slot must have a path attribute');
  if (!/^\/dev\/iio:device[0-9]+$/.test(path)) refuse('iio path attribute must be a valid device node');
}

export function checkSpiSlot(end: End, draft: Draft): void {
  const path = cleanedPath(end, `slot ${called(end, draft)} must have a path attribute`);
  if (!/^\/dev\/spidev[0-9]+\.[0-9]+$/.test(path)) refuse(`${quote(path)} is not a valid SPI device`);
}

export function checkRawVolumeSlot(end: End, draft: Draft): void {
  checkExactPath(end, draft, PARTITION, 'a valid device node');
}

export function checkUioSlot(end: End, draft: Draft): void {
  checkExactPath(end, draft, /^\/dev\/uio[0-9]+$/, 'a valid UIO device node');
}

/** A path that has to be clean as it stands. */
function checkExactPath(end: End, draft: Draft, pattern: RegExp, what: string): void {
  const slot = called(end, draft);
  const path = textOf(end, 'path') ?? '';
  if (path === '') refuse(`slot ${slot} must have a path attribute`);
  const clean = cleanPath(path);
  if (clean !== path) refuse(`cannot use slot ${slot} path ${quote(path)}: try ${quote(clean)}"`);
  if (!pattern.test(path)) refuse(`slot ${slot} path attribute must be ${what}`);
}

function called(end: End, { document }: Draft): string {
  return quote(`${document.name}:${end.name}`);
}
