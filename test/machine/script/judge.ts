/** Whether a boot of the real script went as the model says: decisions, writes, and bytes that are left. */
import {
  exportedBytes,
  PLACES,
  type Place,
  parseCommandLine,
  type ScriptRun,
  type ScriptStart,
  STARTS_VARIABLE,
} from '../../../bootloader/protocol/index.ts';
import type { GuestWrite, SeenBoot } from '../script-lab.ts';
import { kernelWords } from './kernel.ts';
import { GADGET_WORD, has, PARTITIONS } from './partition.ts';
import { countOf, modelRun, type ScriptState, saves, startsWord } from './state.ts';

/** Words of the command line that no start goes without. */
const DEAD_MAN = ['panic=5', 'watchdog.open_timeout=120'];

/** Everything that the two are compared in, by name. Values are compared as JSON. */
type Told = Readonly<Record<string, unknown>>;

/** The differences between script and model, a line each; none where they agree. */
export function differences(state: ScriptState, seen: SeenBoot): string[] {
  const expected = expectedOf(state, modelRun(state));
  const found = foundIn(state, seen);
  return Object.keys(expected).flatMap((what) => {
    const [model, script] = [JSON.stringify(expected[what]), JSON.stringify(found[what])];
    return model === script ? [] : [`${what}\n  model:  ${model}\n  script: ${script}`];
  });
}

function expectedOf(state: ScriptState, run: ScriptRun): Told {
  const writes = run.writes.map(({ place, bytes }) => shown({ place, bytes }));
  const after = (place: Place): string =>
    shown({ place, bytes: run.writes.findLast((write) => write.place === place)?.bytes ?? state.places[place].bytes });
  return {
    starts: run.starts.map(startLine),
    outcome: run.outcome,
    'rescue level': run.rescueLevel ?? null,
    writes,
    places: PLACES.filter((place) => !state.unreadable.includes(place)).map(after),
    'block of starts': shown({ place: 'starts', bytes: startsAfter(state, run) }),
    kernel: run.outcome === 'boot' ? kernelOf(state, run) : null,
    'errors of the shell': [],
  };
}

function foundIn(state: ScriptState, { log, medium, starts, writes }: SeenBoot): Told {
  const kernel = kernelWords(log);
  const rescue = /holdfast: RESCUE level (\d)/.exec(log)?.[1];
  return {
    starts: [...log.matchAll(/holdfast: (rule=.*)$/gm)].map((match) => match[1]),
    outcome: kernel ? 'boot' : rescue ? 'rescue' : /^resetting \.\.\.$/m.test(log) ? 'reset' : 'none',
    'rescue level': rescue === undefined ? null : Number(rescue),
    writes: writes
      .filter(({ place }) => place === 'elsewhere' || (place !== 'starts' && saves(state, place)))
      .map(shown),
    places: PLACES.filter((place) => !state.unreadable.includes(place)).map((place) =>
      shown({ place, bytes: medium[place] }),
    ),
    'block of starts': shown({
      place: 'starts',
      bytes: state.unreadable.includes('mark') ? state.starts.bytes : starts,
    }),
    kernel: kernel === undefined ? null : { watchdog: kernel.watchdog, ...bootedBy(kernel.commandLine) },
    'errors of the shell': log.match(/=> $|syntax error|Unknown command|^.* - .*\n\nUsage:/gm) ?? [],
  };
}

function startLine({ rule, copy, set }: ScriptStart): string {
  return `rule=${rule} copy=${copy} kernel=${set.kernel} core=${set.base} gadget=${set.gadget ?? ''}`;
}

/** The command line of the last start, and the watchdog's lock register: running, and no kernel can stop it. */
function kernelOf(state: ScriptState, { starts }: ScriptRun): Told {
  const { rule, copy, set, trial } = starts.at(-1) as ScriptStart;
  const isGadgetThere = set.gadget !== undefined && has(PARTITIONS[state.partition], `${set.gadget}/gadget.env`);
  return {
    watchdog: '3',
    ran: set,
    rule,
    copy,
    trial,
    gadgetArguments: isGadgetThere ? [GADGET_WORD] : [],
    deadMan: DEAD_MAN,
  };
}

function bootedBy(commandLine: string): Told {
  const { ran, rule, copy, trial } = parseCommandLine(commandLine);
  const gadgetArguments = commandLine.split(' ').filter((word) => word === GADGET_WORD);
  const { kernel, base, gadget } = ran;
  const deadMan = commandLine.split(' ').filter((word) => /^(panic|watchdog)/.test(word));
  return { ran: { kernel, base, gadget }, rule, copy, trial, gadgetArguments, deadMan };
}

/** The model knows the count; what the block holds is the image of it. A trial stops any count, one that is no number too. */
function startsAfter(state: ScriptState, run: ScriptRun): Uint8Array {
  const before = countOf(state);
  const image = (count: unknown) => exportedBytes({ [STARTS_VARIABLE]: String(count) }) ?? new Uint8Array();
  if (run.starts.some(({ trial }) => trial)) {
    const isStopped = (before !== undefined || startsWord(state) !== undefined) && saves(state, 'mark');
    return isStopped ? image('trial') : state.starts.bytes;
  }
  return run.unfinishedStarts === before ? state.starts.bytes : image(run.unfinishedStarts);
}

/** A block without its padding, so that a difference can be read. */
function shown({ place, bytes }: GuestWrite): string {
  const text = Buffer.from(bytes).toString('latin1');
  return `${place}: ${text.replace(/(.)\1{15,}/gs, (run, one) => `${one}*${run.length}`)}`;
}
