import t from 'tap';
import { isRightAfterTrial, mayStartAgain, resetOfTrial, wordOfTrial } from './attempts.ts';
import type { CauseCode } from './cause.ts';
import { formatVerdict, parseVerdict } from './evidence.ts';

/** What starts again with the word of a shutdown, and without it. */
const rows: Readonly<Record<CauseCode, readonly [withWord: boolean, without: boolean]>> = {
  'power-cut': [true, true],
  interrupted: [true, false],
  unexplained: [false, false],
  panic: [false, false],
  hang: [false, false],
  'hang-before-initramfs': [false, false],
  'hang-in-initramfs': [false, false],
  'died-before-initramfs': [false, false],
  'died-in-initramfs': [false, false],
  'initramfs-failed': [false, false],
  deadline: [false, false],
  verdict: [false, false],
  rejected: [false, false],
  environment: [false, false],
  'missing-kernel': [false, false],
  'missing-initrd': [false, false],
  'missing-gadget': [false, false],
  'no-target': [false, false],
  'no-attempts': [false, false],
  'load-failed': [false, false],
  'not-saved': [false, false],
  'boot-script-damaged': [false, false],
  'not-started': [false, false],
  'good-set-failed': [false, false],
  'state-lost': [false, false],
};

t.test('a trial starts again only when its end says nothing about it', (t) => {
  for (const [cause, expected] of Object.entries(rows) as [CauseCode, readonly boolean[]][]) {
    const asked = [true, false].map((interrupted) => mayStartAgain({ cause, interrupted, attemptsLeft: 1 }));
    t.strictSame(asked, expected, cause);
  }
  t.notOk(mayStartAgain({ cause: undefined, interrupted: true, attemptsLeft: 1 }), 'nothing has ended');
  t.end();
});

t.test('and only while starts are left and counted', (t) => {
  for (const [attemptsLeft, expected] of [[2, true] as const, [1, true] as const, [0, false] as const]) {
    t.equal(mayStartAgain({ cause: 'power-cut', interrupted: false, attemptsLeft }), expected, `${attemptsLeft} left`);
  }
  t.notOk(mayStartAgain({ cause: 'power-cut', interrupted: false, attemptsLeft: undefined }), 'not counted');
  t.end();
});

t.test('only the boot right after a trial knows how it ended', (t) => {
  t.equal(resetOfTrial({ rule: 'after-trial', reset: 'cold' }), 'cold');
  t.equal(resetOfTrial({ rule: 'after-trial', reset: 'warm' }), 'warm');
  t.equal(resetOfTrial({ rule: 'after-trial' }), undefined);
  for (const rule of ['default', 'retry', 'previous', 'backup-script', 'try', '']) {
    t.equal(resetOfTrial({ rule, reset: 'cold' }), undefined, rule);
  }
  t.end();
});

t.test('a boot that another one may have come before is not right after the trial', (t) => {
  t.ok(isRightAfterTrial('after-trial', ''));
  t.ok(isRightAfterTrial('backup-script', 'trying'), 'the environment still says that it runs');
  for (const rule of ['default', 'retry', 'previous', 'backup-script', 'not-started', 'record']) {
    t.notOk(isRightAfterTrial(rule, ''), rule);
  }
  t.end();
});

t.test('a word counts for the start that it was written in', (t) => {
  const word = { kind: 'interrupted', set: {}, bootId: 'b', reason: '', evidence: '' } as const;
  t.match(wordOfTrial({ ...word, attemptsLeft: 2 }, 2), word);
  t.match(wordOfTrial(word, 2), word, 'of an agent that did not count');
  t.equal(wordOfTrial({ ...word, attemptsLeft: 2 }, 1), undefined);
  t.equal(wordOfTrial({ ...word, attemptsLeft: 2 }, undefined), undefined);
  t.match(wordOfTrial({ ...word, kind: 'bad', attemptsLeft: 2 }, 1), { kind: 'bad' }, 'a bad one is the last');
  t.equal(wordOfTrial(undefined, 1), undefined);
  const kept = parseVerdict(formatVerdict({ ...word, attemptsLeft: 2 }));
  t.equal(kept?.attemptsLeft, 2, 'and is kept with it');
  t.notOk('attemptsLeft' in (parseVerdict(formatVerdict(word)) ?? {}));
  t.end();
});
