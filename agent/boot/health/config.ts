/** Health as gadgets (`defaults: system: health:`) and users (`system.health.*`) change it. */
import { defaultPolicy } from './defaults.ts';
import type { HealthPolicy, Weight } from './model.ts';
import { fitted } from './policy.ts';

/** A value that is not taken, as a sentence that names key, value and what is allowed. */
export interface ConfigError {
  readonly key: string;
  readonly message: string;
}

export interface HealthConfig {
  readonly policy: HealthPolicy;
  /** A layer with an error in it changes nothing. */
  readonly errors: readonly ConfigError[];
}

/**
 * The policy under a gadget's defaults and, on top of them, the user's configuration. Each may be nested (`{health: {settle:
 * '10s'}}`) or dotted (`{'health.settle': '10s'}`), and holds other keys as well.
 * @param defaults with the deadline that the dead man was started with: it can be extended to twice that
 */
export function healthConfig(defaults: HealthPolicy, gadgetDefaults: unknown, systemConf: unknown): HealthConfig {
  const errors: ConfigError[] = [];
  let policy = defaults;
  for (const [who, conf] of [
    ["in the gadget's defaults: ", gadgetDefaults],
    ['', systemConf],
  ] as const) {
    const layer = withConf(policy, conf, 2 * defaults.deadlineSeconds);
    if (layer.errors.length === 0) policy = layer.policy;
    errors.push(...layer.errors.map(({ key, message }) => ({ key, message: `${who}${message}` })));
  }
  return { policy, errors };
}

/** The keys of health that a configuration sets, with their values: what `snap get system health` shows. */
export function healthKeys(conf: unknown): ReadonlyMap<string, unknown> {
  return new Map([...flat(conf)].filter(([key]) => key === 'health' || key.startsWith('health.')));
}

/** @param longest deadline that the dead man bears */
function withConf(policy: HealthPolicy, conf: unknown, longest: number): HealthConfig {
  const errors: ConfigError[] = [];
  let changed = policy;
  for (const [key, value] of healthKeys(conf)) {
    const change = changeOf(changed, key, value, longest);
    if (typeof change === 'string') errors.push({ key, message: `cannot set ${key} to ${shown(value)}: ${change}` });
    else changed = change;
  }
  errors.push(...(errors.length === 0 ? contradictions(policy, changed) : []));
  return { policy: fitted(changed), errors };
}

/** The policy with one key changed; text says what is allowed instead. */
function changeOf(policy: HealthPolicy, key: string, value: unknown, longest: number): HealthPolicy | string {
  const name = key.slice('health.'.length);
  const duration = durations.get(name);
  if (duration !== undefined) {
    const seconds = secondsOf(value);
    const { min, field } = duration;
    const max = field === 'deadlineSeconds' ? Math.min(duration.max, longest) : duration.max;
    if (seconds === undefined || seconds < min || seconds > max)
      return `must be ${min} to ${max} seconds, or such as 90s, 5m, 1h`;
    return { ...policy, [field]: seconds };
  }
  if (name === 'store-url') {
    if (typeof value !== 'string' || (value !== '' && !isHttp(value)))
      return 'must be an http or https address, or empty';
    return { ...policy, storeUrl: value };
  }
  if (name.startsWith('checks.')) return withWeight(policy, name.slice('checks.'.length), value);
  return `there is no such option; health has ${[...durations.keys(), 'store-url', 'checks.<check>'].join(', ')}`;
}

interface Duration {
  readonly min: number;
  readonly max: number;
  readonly field: 'deadlineSeconds' | 'settleSeconds' | 'patienceSeconds';
}

const durations: ReadonlyMap<string, Duration> = new Map([
  ['deadline', { min: 10, max: 86_400, field: 'deadlineSeconds' }],
  ['settle', { min: 1, max: 43_200, field: 'settleSeconds' }],
  ['patience', { min: 1, max: 43_200, field: 'patienceSeconds' }],
]);

const unitSeconds: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

function secondsOf(value: unknown): number | undefined {
  const [, digits, unit] = /^(\d{1,6})([smh]?)$/.exec(typeof value === 'number' ? String(value) : text(value)) ?? [];
  return digits === undefined ? undefined : Number(digits) * (unitSeconds[unit ?? ''] ?? 1);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isHttp(url: string): boolean {
  const { protocol, hostname = '' } = URL.parse(url) ?? {};
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '' && url.length <= 1024;
}

/** `command:<snap>/<file>`: which commands there will be is not known here. */
const commandId = /^command:[a-z0-9][a-z0-9-]{0,39}\/[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function withWeight(policy: HealthPolicy, id: string, value: unknown): HealthPolicy | string {
  const weight = weightOf(value);
  if (weight === undefined) return 'must be required, wanted or off';
  if (commandId.test(id)) return { ...policy, commandWeights: { ...policy.commandWeights, [id]: weight } };
  const known = defaultPolicy.checks.find((check) => check.id === id);
  if (known === undefined) {
    return `there is no such check; there are ${defaultPolicy.checks.map((check) => check.id).join(', ')} and command:<snap>/<file>`;
  }
  const checks = defaultPolicy.checks.flatMap((usual) => {
    const present = policy.checks.find((check) => check.id === usual.id);
    if (usual.id !== id) return present ?? [];
    return weight === 'off' ? [] : [{ ...(present ?? usual), weight }];
  });
  return { ...policy, checks };
}

function weightOf(value: unknown): Weight | 'off' | undefined {
  return value === 'required' || value === 'wanted' || value === 'off' ? value : undefined;
}

/** Only what a change brings with it: what contradicted itself before is not its fault. */
function contradictions(before: HealthPolicy, policy: HealthPolicy): ConfigError[] {
  const { deadlineSeconds, settleSeconds, marginSeconds, checks } = fitted(policy);
  const errors: ConfigError[] = [];
  const isChanged = deadlineSeconds !== before.deadlineSeconds || settleSeconds !== before.settleSeconds;
  if (isChanged && settleSeconds + marginSeconds >= deadlineSeconds) {
    const message = `cannot set health.settle to ${settleSeconds} s: it must end before the deadline of ${deadlineSeconds} s (health.deadline)`;
    errors.push({ key: 'health.settle', message });
  }
  if (!checks.some(({ weight }) => weight === 'required')) {
    errors.push({ key: 'health.checks', message: 'cannot switch off all of health.checks: one must be required' });
  }
  return errors;
}

const maxKeys = 256;
const maxDepth = 8;

/** Nested maps as dotted keys; null unsets, as in snapd. */
function* flat(value: unknown, prefix = '', depth = 0): Generator<readonly [key: string, value: unknown]> {
  const entries = value instanceof Map ? [...value] : isObject(value) ? Object.entries(value) : undefined;
  if (entries === undefined || depth > maxDepth) {
    if (prefix !== '' && value !== null && value !== undefined) yield [prefix, value];
    return;
  }
  for (const [key, inner] of entries.slice(0, maxKeys))
    yield* flat(inner, prefix === '' ? String(key) : `${prefix}.${key}`, depth + 1);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
