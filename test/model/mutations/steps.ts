/** Steps of an installation, and what is collected, with one rule left out. */
import { realSystem } from '../system.ts';
import { changed, habit, type Mutation, withoutOlderCopy } from './mutation.ts';

const { garbageOf, keepRevisions, stage } = realSystem;

export const stepMutations: readonly Mutation[] = [
  { name: 'what is placed and extracted is not read back', of: 'place', system: habit({ verifies: false }) },
  { name: 'no record of the digest is written', of: 'verify', system: habit({ recordsDigest: false }) },
  { name: 'assets are extracted under their final name', of: 'extract', system: habit({ gathers: false }) },
  { name: 'a trial is armed before its files are there', of: 'arm', system: habit({ armsLast: false }) },
  {
    name: 'what an earlier trial left is not blanked before the next is armed',
    of: 'arm',
    system: habit({ forgetsEvidence: false }),
  },
  {
    name: 'undo does not wait for the reboot into what was good before',
    of: 'undo',
    system: habit({ waitsToGoBack: false }),
  },
  {
    name: 'the set that is left again for the one before it does not give back the previous one',
    of: 'undo',
    system: changed({
      stage: (medium, names, { attempts, withoutTry } = {}) =>
        stage(medium, names, withoutTry === true ? { withoutTry } : attempts === undefined ? {} : { attempts }),
    }),
  },
  {
    name: 'undo removes what its change named',
    of: 'undo',
    system: habit({ refusesNamed: false, keepsEarlier: false }),
  },
  {
    name: 'undo removes what was there before its change',
    of: 'undo',
    system: habit({ keepsEarlier: false }),
    survives: 'what the environment names stays all the same; what it does not name is collected anyway',
  },
  {
    name: 'undo removes what the environment names',
    of: 'undo',
    system: habit({ refusesNamed: false }),
    survives: 'what a change brought is disarmed in both copies before its files go; the look is for media with errors',
  },
  {
    name: 'undo looks at the copy in use only',
    of: 'undo',
    system: changed({ keepRevisions: (medium) => keepRevisions(withoutOlderCopy(medium)) }),
    survives: 'files are only removed by an undo after both copies were brought to the same content',
  },
  {
    name: 'the older copy does not keep what it names',
    of: 'garbage',
    system: changed({ garbageOf: (present, medium, running) => garbageOf(present, withoutOlderCopy(medium), running) }),
    faults: 1,
    survives: 'what is collected is collected after both copies were made equal',
  },
  {
    name: 'only the good set is kept',
    of: 'garbage',
    system: changed({
      garbageOf: (present, medium, running) => {
        const { good } = realSystem.readBootState(medium);
        const goes = (file: string) => ![...Object.values(good), ...Object.values(running)].includes(file);
        const { snapFiles, digests, assets } = present;
        return { snapFiles: snapFiles.filter(goes), digests: digests.filter(goes), assets: assets.filter(goes) };
      },
    }),
  },
  {
    name: 'what runs does not keep its files',
    of: 'garbage',
    system: changed({
      garbageOf: (present, medium) => garbageOf(present, medium, realSystem.readBootState(medium).good),
    }),
    survives: 'where something is collected a start-up has made what runs the good set, or the environment names it',
  },
  {
    name: 'half-extracted assets are left',
    of: 'garbage',
    system: changed({
      garbageOf: (...all) => {
        const garbage = garbageOf(...all);
        return { ...garbage, assets: garbage.assets.filter((name) => !name.endsWith('.tmp')) };
      },
    }),
    survives: 'the change that was extracting goes on or is undone, and takes them away itself',
  },
];
