import type { Draft, End } from '../bind/draft.ts';
import { quote } from '../quote.ts';
import { goText } from '../yaml/value.ts';
import { defaultToName, integerOf, refuse, textOf } from './attributes.ts';
import { checkConfdbPlug } from './confdb.ts';
import { checkContentPlug, checkContentSlot } from './content.ts';
import { checkCustomDeviceSlot } from './custom-device.ts';
import { checkDbus, checkMprisSlot, checkPolkitPlug } from './dbus.ts';
import { checkDesktopPlug } from './desktop.ts';
import {
  checkBoolFileSlot,
  checkHidrawSlot,
  checkI2cSlot,
  checkIioSlot,
  checkRawVolumeSlot,
  checkSerialPortSlot,
  checkSpiSlot,
  checkUioSlot,
} from './devices.ts';
import { checkFilesPlug, homePath, systemPath } from './files.ts';
import { checkPosixMqPlug, checkPosixMqSlot } from './posix-mq.ts';
import { checkSharedMemoryPlug, checkSharedMemorySlot } from './shared-memory.ts';
import { checkCupsSlot, checkPkcs11Slot, checkQualcommSlot } from './sockets.ts';

/** Refuses a plug or slot, or gives it the attributes that it has by default. Throws a Refusal. */
type Check = (end: End, draft: Draft) => void;

function flag(key: string, message: string): Check {
  return (end) => {
    if (end.attrs.has(key) && typeof end.attrs.get(key) !== 'boolean') refuse(message);
  };
}

/** Attributes that must be integers: for each what is said when it is missing, and when it is something else. */
function integers(...wanted: readonly (readonly [key: string, missing: string, wrong: string])[]): Check {
  return (end) => {
    for (const [key, missing, wrong] of wanted) {
      if (!end.attrs.has(key)) refuse(missing);
      if (integerOf(end, key) === undefined) refuse(wrong);
    }
  };
}

/** An attribute that, where it is there, has one of some values. */
function oneOf(key: string, values: readonly string[], message: string): Check {
  return (end) => {
    const value = end.attrs.get(key);
    if (value !== undefined && !(typeof value === 'string' && values.includes(value))) refuse(message);
  };
}

function familyName(side: string): Check {
  return (end) => {
    const name = end.attrs.get('family-name');
    if (name === undefined) refuse(`netlink-driver ${side} must have a family-name attribute`);
    if (typeof name !== 'string') refuse(`netlink-driver ${side} family-name attribute must be a string`);
    if (!/^[a-z]+[a-z0-9-]*[^-]$/.test(name)) refuse(`netlink-driver ${side} family-name ${quote(name)} is invalid`);
  };
}

const netlinkFamily = integers([
  'family',
  'netlink-driver slot must have a family number attribute',
  'netlink-driver slot family number attribute must be an int',
]);
const netlinkName = familyName('slot');

const checkHandlerService: Check = (end, { apps }) => {
  const service = end.attrs.get('handler-service');
  if (service === undefined || service === '') return;
  if (typeof service !== 'string') {
    refuse(
      `snap-interfaces-requests-control "handler-service" attribute must be a string, not ${typeName(service)} ${goText(service)}`,
    );
  }
  const app = apps.get(service);
  if (app === undefined) refuse(`declared handler service ${quote(service)} not found in snap`);
  if (app?.yaml.daemon === '' || app?.scope !== 'user') {
    refuse(`declared handler service ${quote(service)} is not a user service`);
  }
};

function typeName(value: unknown): string {
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float64';
  return value instanceof Map ? 'map[string]interface {}' : '[]interface {}';
}

const checkSnapdControl: Check = (end) => {
  const schedule = textOf(end, 'refresh-schedule');
  if (schedule !== undefined && schedule !== 'managed') {
    refuse(`unsupported refresh-schedule value: ${quote(schedule)}`);
  }
};

const checkCustomDevicePlug: Check = (end) => {
  const name = end.attrs.get('custom-device');
  if (name !== undefined && typeof name !== 'string') {
    refuse(`custom-device "custom-device" attribute must be a string, not ${goText(name)}`);
  }
  defaultToName(end, 'custom-device');
};

/** By interface; one that is not here takes any plug. */
export const PLUG_CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['browser-support', flag('allow-sandbox', "browser-support plug requires bool with 'allow-sandbox'")],
  ['confdb', checkConfdbPlug],
  ['content', checkContentPlug],
  ['custom-device', checkCustomDevicePlug],
  ['dbus', checkDbus],
  ['desktop', checkDesktopPlug],
  ['docker-support', flag('privileged-containers', "docker-support plug requires bool with 'privileged-containers'")],
  ['home', oneOf('read', ['all'], `home plug requires "read" be 'all'`)],
  [
    'kubernetes-support',
    oneOf(
      'flavor',
      ['kubelet', 'kubeproxy', 'autobind-unix'],
      'kubernetes-support plug requires "flavor" to be either "kubelet", "kubeproxy" or "autobind-unix"',
    ),
  ],
  ['lxd-support', flag('enable-unconfined-mode', "lxd-support plug requires bool with 'enable-unconfined-mode'")],
  ['netlink-driver', familyName('plug')],
  ['optical-drive', flag('write', 'optical-drive "write" attribute must be a boolean')],
  ['personal-files', (end) => checkFilesPlug(end, homePath)],
  ['polkit', checkPolkitPlug],
  ['posix-mq', checkPosixMqPlug],
  ['shared-memory', checkSharedMemoryPlug],
  ['snap-interfaces-requests-control', checkHandlerService],
  ['snapd-control', checkSnapdControl],
  ['system-files', (end) => checkFilesPlug(end, systemPath)],
]);

export const SLOT_CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['bool-file', checkBoolFileSlot],
  ['content', checkContentSlot],
  ['cups', checkCupsSlot],
  ['custom-device', checkCustomDeviceSlot],
  ['dbus', checkDbus],
  ['gpio', integers(['number', 'gpio slot must have a number attribute', 'gpio slot number attribute must be an int'])],
  ['hidraw', checkHidrawSlot],
  ['i2c', checkI2cSlot],
  ['iio', checkIioSlot],
  ['mpris', checkMprisSlot],
  [
    'netlink-driver',
    (end, draft) => {
      netlinkFamily(end, draft);
      netlinkName(end, draft);
    },
  ],
  ['pkcs11', checkPkcs11Slot],
  ['posix-mq', checkPosixMqSlot],
  [
    'pwm',
    integers(
      ['channel', 'pwm slot must have a channel attribute', 'pwm slot channel attribute must be an int'],
      ['chip-number', 'pwm slot must have a chip-number attribute', 'pwm slot chip-number attribute must be an int'],
    ),
  ],
  ['qualcomm-ipc-router', checkQualcommSlot],
  ['raw-volume', checkRawVolumeSlot],
  ['serial-port', checkSerialPortSlot],
  ['shared-memory', checkSharedMemorySlot],
  ['spi', checkSpiSlot],
  ['uio', checkUioSlot],
]);
