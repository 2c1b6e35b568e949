/** What `holdfast boot` says of the boots of a device, as far as tests look at it. */
import type { Device } from './device.ts';

/** The lines of `holdfast boot why`. */
export interface Why {
  readonly lines: readonly string[];
  /** The second line, which is `Cause: <code>: <message>`; '' where there is nothing to explain. */
  readonly cause: string;
}

/** A boot of `holdfast boot log`. */
export interface BootSeen {
  readonly boot: number;
  readonly trial: boolean;
  readonly rule: string;
  readonly reset: string;
  /** How it ended, and with which cause. */
  readonly end: string;
  readonly cause: string | undefined;
  /** Seconds since the start of its kernel, by stage. */
  readonly marks: ReadonlyMap<string, number>;
  readonly checks: readonly CheckSeen[];
  /** `good` or `bad`, and by whom. */
  readonly verdict: { readonly kind: string; readonly by: string } | undefined;
}

export interface CheckSeen {
  readonly check: string;
  readonly weight: string;
  readonly state: string;
  readonly reason: string;
  readonly evidence: readonly string[];
}

/** Asks why the newest boot that did not end well ended so, or another one. */
export async function whyOf(device: Device, boot?: number): Promise<Why> {
  const lines = (await device.ask(`holdfast boot why ${boot ?? ''}`)).trimEnd().split('\n');
  return { lines, cause: lines[1]?.startsWith('Cause: ') === true ? lines[1] : '' };
}

/** Newest first. */
export async function bootsOf(device: Device): Promise<BootSeen[]> {
  return parseBoots(await device.ask('holdfast boot log --json'));
}

/** Bytes that this boot has written to the place of the boot journal, its initramfs included. */
export async function journalBytesOf(device: Device): Promise<number> {
  const text = await device.run(
    'read -ra field < "$(dirname "$(grep -lx PARTNAME=hf-journal /sys/class/block/*/uevent)")/stat"; echo $((field[6] * 512))',
  );
  return Number(text.trim());
}

/** The boots that `holdfast boot log --json` prints. */
export function parseBoots(json: string): BootSeen[] {
  return list(JSON.parse(json)).map((boot) => {
    const end = object(boot['end']);
    const verdict = boot['verdict'] === undefined ? undefined : object(boot['verdict']);
    return {
      boot: Number(boot['boot']),
      trial: boot['trial'] === true,
      rule: String(boot['rule']),
      reset: String(boot['reset']),
      end: String(end['how']),
      cause: end['cause'] === undefined ? undefined : String(object(end['cause'])['code']),
      marks: new Map(list(boot['marks']).map(({ stage, uptime }) => [String(stage), Number(uptime)])),
      checks: list(object(boot['health'])['checks']).map(checkSeen),
      verdict: verdict === undefined ? undefined : { kind: String(verdict['kind']), by: String(verdict['by']) },
    };
  });
}

function checkSeen(check: Readonly<Record<string, unknown>>): CheckSeen {
  const { evidence } = check;
  return {
    check: String(check['check']),
    weight: String(check['weight']),
    state: String(check['state']),
    reason: String(check['reason'] ?? ''),
    evidence: Array.isArray(evidence) ? evidence.map(String) : [],
  };
}

function list(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
