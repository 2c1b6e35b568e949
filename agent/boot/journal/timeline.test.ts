import t from 'tap';
import { html, Markup } from './html.ts';
import { type BootRecord, STAGES } from './record.ts';
import { recordOf } from './testing.ts';
import { inOrder, leftWords, spansOf, toneOf } from './timeline.ts';
import { timelineHtml } from './timeline-html.ts';
import { timelineText } from './timeline-text.ts';

const good = { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' };
const set = { ...good, kernel: 'virt-kernel_x2.snap' };
const cause = {
  code: 'panic',
  message: 'Kernel panic - not syncing: x',
  evidence: ['kernel: Call trace:', 'watchdog: no'],
} as const;
const first = recordOf({
  boot: 6,
  end: { how: 'shutdown' },
  marks: [...recordOf().marks, { stage: 'target', uptimeSeconds: 17.25 }, { stage: 'shutdown', uptimeSeconds: 86_400 }],
});
const trial = recordOf({
  ...{ boot: 7, time: '', rule: 'try', trial: true, set, reset: 'unknown', kernel: { release: '', buildId: '' } },
  marks: [
    { stage: 'script', uptimeSeconds: 0 },
    { stage: 'mounted', uptimeSeconds: 3.42 },
  ],
  end: { how: 'panic', cause, backTo: good },
});
const after = recordOf({
  ...{ boot: 8, rule: 'after-trial', copy: 'b', trial: false },
  health: {
    checks: [
      { check: 'target', weight: 'required', state: 'pass', reason: '', evidence: ['default.target is active'] },
      { check: 'store', weight: 'wanted', state: 'fail', reason: 'no answer', evidence: [] },
    ],
  },
  verdict: { kind: 'good', by: 'person', reason: 'confirmed by a person: it blinks', evidence: [] },
});
const story = [after, trial, first];

t.test('the timeline as text', (t) => {
  t.strictSame(timelineText(story).split('\n'), [
    ' v boot 6: came after a reset; the boot script chose the good set (by copy A of the boot environment)',
    '[6] 2026-08-01 12:00:03 UTC',
    '     set      virt-kernel_x1.snap bookworm_x1.snap virt_x1.snap',
    '     kernel   6.1.0-44-arm64',
    '     stages   boot script 0 s, initial file system 1.2 s, agent 9.5 s, target reached 17.3 s',
    ' | boot 6 was shut down in order after 24 h',
    ' v boot 7: the boot script chose the trial that was armed (by copy A of the boot environment)',
    '[7] TRIAL its agent never ran',
    '     set      virt-kernel_x2.snap bookworm_x1.snap virt_x1.snap',
    '     stages   boot script 0 s, mounted 3.4 s',
    '     cause    panic: Kernel panic - not syncing: x',
    '     back to  virt-kernel_x1.snap bookworm_x1.snap virt_x1.snap',
    ' | boot 7 ended in a kernel panic',
    ' v boot 8: came after a reset; the boot script chose the good set, as the trial before it was not confirmed (by copy B of the boot environment)',
    '[8] 2026-08-01 12:00:03 UTC',
    '     set      virt-kernel_x1.snap bookworm_x1.snap virt_x1.snap',
    '     kernel   6.1.0-44-arm64',
    '     stages   boot script 0 s, initial file system 1.2 s, agent 9.5 s',
    '     health   1 of 2 checks passed; store (wanted) failed: no answer',
    '     verdict  confirmed by a person: it blinks',
    '     now      it runs',
    '',
  ]);
  t.equal(timelineText([]), 'No boots recorded yet.\n');
  t.end();
});

/** The elements of a page in order, each closed where it has to be; throws where it is not well formed. */
function elementsOf(page: string): { name: string; attributes: Map<string, string> }[] {
  const elements: { name: string; attributes: Map<string, string> }[] = [];
  const open: string[] = [];
  const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+="[^"<>]*")*)\s*>|<!doctype html>|[<>]/g;
  for (const match of page.replace(/(<style>)[^<]*/, '$1').matchAll(tag)) {
    const [whole, slash, name, attributes = ''] = match;
    if (whole === '<!doctype html>') continue;
    if (name === undefined) throw new Error(`a bare ${whole} at ${match.index}`);
    if (slash === '/') {
      const closed = open.pop();
      if (closed !== name) throw new Error(`</${name}> closes <${closed}>`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([a-z-]+)="([^"]*)"/g)].map(
      (pair) => [pair[1] ?? '', pair[2] ?? ''] as const,
    );
    elements.push({ name, attributes: new Map(pairs) });
    if (!['meta', 'br'].includes(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is left open`);
  return elements;
}

t.test('the timeline as a page', (t) => {
  const page = timelineHtml(story);
  const elements = elementsOf(page);
  const names = new Set(elements.map(({ name }) => name));
  for (const outside of ['script', 'link', 'img', 'iframe', 'object', 'a', 'form', 'base'])
    t.notOk(names.has(outside), outside);
  t.notMatch(page, /https?:|url\(|@import/i, 'nothing from anywhere');
  t.match(page, /Content-Security-Policy" content="default-src 'none'/);
  t.match(page, /prefers-color-scheme: dark/);
  t.match(page, '3 boots, 1 trial: 0 confirmed; went back 1 time. Oldest first.');
  const at = [
    'id="boot-6"',
    '<b>Boot 6</b> was shut down in order after 24 h',
    '<b>Boot 7</b>: the boot script chose the trial',
    'id="boot-7"',
    '<b>Boot 7</b> ended in a kernel panic',
    '<b>Boot 8</b>: came after a reset',
    'id="boot-8"',
  ];
  const places = at.map((text) => page.indexOf(text));
  t.ok(
    places.every((place) => place > 0),
    'both sides of each reboot',
  );
  t.strictSame(
    places,
    places.toSorted((a, b) => a - b),
    'and they are in order',
  );
  t.equal(page.match(/class="badge trial"/g)?.length, 1, 'the trial is marked');
  t.match(
    page,
    /<details><summary>Cause and evidence<\/summary><h3>Evidence of its end<\/h3><pre>kernel: Call trace:\nwatchdog: no<\/pre>/,
  );
  t.match(page, '<span class="mounted">mounted 3.4 s</span>');
  t.match(page, '<span class="script" style="flex-grow:1.85" title="boot script: 3.4 s"></span>');
  t.match(page, 'store (wanted) failed: no answer');
  t.match(page, '<dd>virt-kernel_x2.snap (was virt-kernel_x1.snap)</dd>', 'what is another than before');
  t.match(page, '<dt>verdict</dt><dd>confirmed by a person: it blinks</dd>');
  t.doesNotThrow(() => elementsOf(timelineHtml([])));
  t.end();
});

t.test('what a failing system has written cannot break the page', (t) => {
  const shape = elementsOf(timelineHtml([hostile('harmless')])).map(({ name, attributes }) => [
    name,
    [...attributes.keys()],
  ]);
  for (const text of [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</pre></details></style><svg/onload=alert(1)>',
    '<!-- ]]> <![CDATA[',
    '&lt;b&gt; &amp; &#60;',
    'javascript:alert(1)',
  ]) {
    const page = timelineHtml([hostile(text)]);
    const elements = elementsOf(page).map(({ name, attributes }) => [name, [...attributes.keys()]]);
    t.strictSame(elements, shape, `${text} is only text`);
    const shown = text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;');
    t.ok(page.split(shown).length > 14, 'and all of it is shown');
  }
  t.end();
});

/** A record that says `text` wherever it says something. */
function hostile(text: string): BootRecord {
  return {
    ...recordOf({ bootId: text, time: text, rule: text, copy: text, commandLine: text, mounts: [text] }),
    set: { kernel: text, base: text, gadget: text },
    kernel: { release: text, buildId: text },
    health: { checks: [{ check: text, weight: 'wanted', state: 'fail', reason: text, evidence: [text] }] },
    verdict: { kind: 'bad', by: 'person', reason: text, evidence: [text] },
    end: { how: 'panic', cause: { code: 'panic', message: text, evidence: [text] }, backTo: { kernel: text } },
  };
}

t.test('templates escape all but markup', (t) => {
  t.equal(
    html`<p title="${'"<'}">${"&'>"}${new Markup('<br>')}${['a', html`<i>${'<'}</i>`, 1]}</p>`.text,
    '<p title="&quot;&lt;">&amp;&#39;&gt;<br>a<i>&lt;</i>1</p>',
  );
  t.end();
});

t.test('what both timelines tell of a boot', (t) => {
  t.strictSame(
    inOrder(story).map(({ boot }) => boot),
    [6, 7, 8],
  );
  const marks = STAGES.map((stage, index) => ({ stage, uptimeSeconds: index * index })).reverse();
  const spans = spansOf(recordOf({ marks }));
  t.strictSame(
    spans.map(({ stage }) => stage),
    STAGES.filter((stage) => stage !== 'shutdown'),
    'in the order of their time',
  );
  t.strictSame(
    spans.map(({ seconds }) => seconds),
    [1, 3, 5, 7, 9, 11, 13, undefined],
  );
  t.strictSame(spansOf(recordOf({ marks: [] })), []);
  t.strictSame([first, trial, after, recordOf({ trial: true })].map(toneOf), ['plain', 'lost', 'plain', 'open']);
  t.equal(toneOf(recordOf({ trial: true, verdict: { kind: 'good', by: 'agent', reason: '', evidence: [] } })), 'kept');
  t.equal(leftWords(recordOf()), undefined);
  t.end();
});
