import { posix } from 'node:path';
import type { Draft, End } from '../bind/draft.ts';
import { isCleanSubPath } from '../path.ts';
import { quote } from '../quote.ts';
import { type GoValue, goText } from '../yaml/value.ts';
import { defaultToName, isList, isMap, refuse, refuseType, textsIn, textsOf } from './attributes.ts';
import { globProblem } from './glob.ts';

const PATH = /^\/([^"@]|@[^{])*@?$/;
const DEVICE = /^\/dev\/[^"|{}\\]+$/;
const UDEV_VALUE = /^[^"{}\\]+$/;

/** Devices and files that a gadget names itself. */
export function checkCustomDeviceSlot(end: End, { document: { name: snap } }: Draft): void {
  const name = end.attrs.get('custom-device');
  if (name !== undefined && typeof name !== 'string') {
    refuse(`custom-device "custom-device" attribute must be a string, not ${goText(name)}`);
  }
  defaultToName(end, 'custom-device');
  const devices = textsOf(snap, end, 'devices');
  for (const device of devices) checkDevice(device, 'devices');
  const readDevices = textsOf(snap, end, 'read-devices');
  for (const device of readDevices) {
    checkDevice(device, 'read-devices');
    if (devices.includes(device)) {
      refuse(`cannot specify path ${quote(device)} both in "devices" and "read-devices" attributes`);
    }
  }
  const all = [...devices, ...readDevices];
  if (checkFiles(snap, end) === 0 && all.length === 0) {
    refuse('cannot use custom-device slot without any files or devices');
  }
  for (const rule of udevRules(snap, end)) checkUdevRule(rule, all);
}

function checkDevice(path: string, key: string): void {
  if (!DEVICE.test(path)) {
    refuse(`custom-device "${key}" path must start with /dev/ and cannot contain special characters: ${quote(path)}`);
  }
  checkPath(path, key);
}

function checkPath(path: string, key: string): void {
  const called = `custom-device "${key}" path`;
  if (!PATH.test(path)) refuse(`${called} must start with / and cannot contain special characters: ${quote(path)}`);
  if (!isCleanSubPath(path)) refuse(`${called} is not clean: ${quote(path)}`);
  const problem = globProblem(path);
  if (problem !== undefined) refuse(`${called} cannot be used: ${problem}`);
  if (path.includes('**')) refuse(`${called} contains invalid glob pattern "**"`);
}

/** Gives the number of entries. */
function checkFiles(snap: string, end: End): number {
  const files = end.attrs.get('files');
  if (files === undefined) return 0;
  if (!isMap(files) || [...files.values()].some((paths) => textsIn(paths) === undefined)) {
    refuseType(snap, end, 'files', 'map[string][]string');
  }
  for (const [key, paths] of files) {
    if (key !== 'read' && key !== 'write') {
      refuse(`cannot specify ${quote(key)} in "files" section, only "read" and "write" allowed`);
    }
    for (const path of textsIn(paths) ?? []) checkPath(path, key);
  }
  return files.size;
}

function udevRules(snap: string, end: End): readonly ReadonlyMap<string, GoValue>[] {
  const rules = end.attrs.get('udev-tagging') ?? [];
  if (!isList(rules) || !rules.every(isMap)) {
    refuseType(snap, end, 'udev-tagging', '[]map[string]interface {}');
  }
  return rules;
}

function checkUdevRule(rule: ReadonlyMap<string, GoValue>, devices: readonly string[]): void {
  for (const [key, value] of rule) {
    const problem = udevProblem(key, value, devices);
    if (problem !== undefined) refuse(`custom-device "udev-tagging" invalid ${quote(key)} tag: ${problem}`);
  }
  const kernel = rule.get('kernel');
  if (kernel === undefined) refuse('custom-device udev tagging rule missing mandatory "kernel" key');
  const name = String(kernel);
  if (rule.has('for-device') || devices.includes(`/dev/${name}`)) return;
  const matches = devices.filter((path) => posix.basename(path) === name);
  if (matches.length === 1) return;
  const problem =
    matches.length === 0
      ? `${quote(name)} does not match any specified device`
      : `${quote(name)} matches more than one specified device: [${matches.map(quote).join(' ')}]`;
  refuse(`custom-device "udev-tagging" invalid "kernel" tag: ${problem}`);
}

function udevProblem(key: string, value: GoValue, devices: readonly string[]): string | undefined {
  switch (key) {
    case 'subsystem':
    case 'kernel':
      return valueProblem(value);
    case 'attributes':
    case 'environment':
      return mapProblem(value);
    case 'for-device':
      return typeof value === 'string' && devices.includes(value)
        ? undefined
        : `cannot find matching device ${quote(goText(value))}`;
    default:
      return 'unknown tag';
  }
}

function valueProblem(value: GoValue): string | undefined {
  if (typeof value !== 'string') return `value "${goText(value)}" is not a string`;
  return UDEV_VALUE.test(value) ? undefined : `value "${value}" contains invalid characters`;
}

function mapProblem(value: GoValue): string | undefined {
  if (!isMap(value)) return `value "${goText(value)}" is not a map`;
  for (const [key, of] of value) {
    if (!UDEV_VALUE.test(key)) return `key "${key}" contains invalid characters`;
    const problem = valueProblem(of);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
