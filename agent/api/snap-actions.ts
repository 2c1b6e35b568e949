/** From what a client asks for about one snap, or about several, to a request to the device. Pure; texts are snapd's. */
import type { SnapRequest } from '../device/request.ts';
import { SnapsError } from '../snaps/error.ts';
import { Refusal } from './failure.ts';
import { checkHold, checkInstruction, type Instruction } from './instruction.ts';

/** A request to the device, or the one that only a store could grant. */
export type Asked = SnapRequest | { readonly action: 'install-from-store'; readonly names: readonly string[] };

/** @throws Refusal 400 */
export function askedOfOne(name: string, instruction: Instruction): Asked {
  checkInstruction(instruction);
  const { action, channel, revision, cohort, leaveCohort, flags, ignoreRunning } = instruction;
  const which = {
    ...(channel === '' ? {} : { channel }),
    ...(cohort === '' ? {} : { cohort }),
    ...(leaveCohort ? { leaveCohort } : {}),
  };
  const wanted = revision === '' ? {} : { revision };
  const running = ignoreRunning ? { ignoreRunning } : {};
  switch (action) {
    case 'install':
      return { action: 'install-from-store', names: [name] };
    case 'refresh': {
      const amend = instruction.amend ? { amend: true } : {};
      return { action, names: [name], flags, ...which, ...wanted, ...running, ...amend, ...together(instruction) };
    }
    case 'revert':
      return { action, name, flags, ...wanted, ...running };
    case 'remove':
      return { action, names: [name], ...wanted, ...removing(instruction) };
    case 'enable':
    case 'disable':
      return { action, name };
    case 'switch':
      return { action, name, ...which };
    case 'hold':
      return { action, names: [name], ...checkHold(instruction) };
    case 'unhold':
      return { action, names: [name] };
    default:
      throw new Refusal(400, `unknown action ${action}`);
  }
}

/** @throws Refusal 400 */
export function askedOfMany(instruction: Instruction): Asked {
  const { action, snaps: names, channel, revision, cohort, leaveCohort, flags, ignoreRunning, prefer } = instruction;
  const isForOne = channel !== '' || revision !== '' || cohort !== '' || leaveCohort || prefer;
  if (isForOne || flags.devmode === true || flags.jailmode === true) {
    throw new Refusal(400, 'unsupported option provided for multi-snap operation');
  }
  checkInstruction(instruction);
  switch (action) {
    case 'install':
      if (names.length === 0) throw new Refusal(400, 'cannot install zero snaps');
      return { action: 'install-from-store', names };
    case 'refresh':
      return { action, names, ...(ignoreRunning ? { ignoreRunning } : {}), ...together(instruction) };
    case 'remove':
      if (names.length === 0) throw new Refusal(400, 'cannot remove zero snaps');
      return { action, names, ...removing(instruction) };
    case 'snapshot':
      return { action: 'save', names, users: instruction.users, exclude: instruction.exclude };
    case 'hold': {
      const hold = checkHold(instruction);
      if (names.length === 0 && hold.level === 'general') {
        throw new Refusal(400, 'cannot hold: holding general refreshes for all snaps is not supported');
      }
      return { action, names, ...hold };
    }
    case 'unhold':
      return { action, names };
    default:
      throw new Refusal(400, `unsupported multi-snap operation ${JSON.stringify(action)}`);
  }
}

function together({ transaction }: Instruction) {
  return transaction === '' ? {} : { transaction };
}

function removing({ purge, terminate }: Instruction) {
  return { ...(purge ? { purge } : {}), ...(terminate ? { terminate } : {}) };
}

/**
 * What there is to say where only a store could help.
 * @param installed those of the names that are installed
 */
export function withoutStore(names: readonly string[], installed: readonly string[]): Error {
  const missing = names.filter((name) => !installed.includes(name));
  if (missing.length > 0) {
    const what = missing.map((name) => JSON.stringify(name)).join(', ');
    return new Refusal(
      400,
      `cannot install ${what}: this device has no store; install a file with snap install --dangerous`,
    );
  }
  const [only = ''] = names;
  const text = names.length === 1 ? `snap "${only}" is already installed` : 'all of these snaps are already installed';
  return new SnapsError('already-installed', text, { snaps: names });
}
