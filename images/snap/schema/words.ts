import { SnapError, type SnapErrorCode } from '../error.ts';
import { COMPONENT_TYPES, CONFINEMENTS, DAEMON_SCOPES, type SnapType, TYPES } from '../model.ts';
import { quote } from '../quote.ts';
import type { Type } from '../yaml/decode.ts';
import { checked } from '../yaml/types.ts';

/** One of some words; "" where nothing is there. Throws a SnapError: `said` and the word. */
function word<T extends string>(allowed: readonly T[], code: SnapErrorCode, said: string): Type<T | ''> {
  const parse = (text: string): T => {
    const found = allowed.find((value) => value === text);
    if (found === undefined) throw new SnapError(code, `${said} ${quote(text)}`);
    return found;
  };
  return checked<T | ''>(parse, '');
}

const types = word([...TYPES, 'application'], 'bad-type', 'invalid snap type:');

/** The store says "application" for "app". */
export const snapType: Type<SnapType | ''> = {
  ...(types as Type<SnapType | ''>),
  read(node, decoder) {
    const type = types.read(node, decoder);
    return type === 'application' ? 'app' : type;
  },
};

export const confinement = word(CONFINEMENTS, 'bad-confinement', 'invalid confinement type:');
export const daemonScope = word(DAEMON_SCOPES, 'bad-app', 'invalid daemon scope:');
export const componentType = word(COMPONENT_TYPES, 'bad-component', 'unknown component type');

/** systemd's words, and `never`, which means `no`. */
const RESTARTS: Readonly<Record<string, string>> = {
  no: 'never',
  never: 'never',
  'on-success': 'on-success',
  'on-failure': 'on-failure',
  'on-abnormal': 'on-abnormal',
  'on-abort': 'on-abort',
  'on-watchdog': 'on-watchdog',
  always: 'always',
};

export const restartCondition: Type<string> = checked((text) => {
  const condition = Object.hasOwn(RESTARTS, text) ? RESTARTS[text] : undefined;
  if (condition === undefined) throw new SnapError('bad-app', 'invalid restart condition');
  return condition;
}, '');
