/** How the page looks. No script, no font, no picture from anywhere: it is read on machines without a network. */

export const timelineStyle = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #1d2430; --faint: #5d6878; --line: #d5dae2; --code: #eef0f4;
  --kept: #1a7f4b; --lost: #b3261e; --open: #9a6700; --plain: #4a6fa5;
  --s1: #7c8aa0; --s2: #5b8def; --s3: #3f9fb5; --s4: #3aa57a; --s5: #7aa53a; --s6: #c08a2b; --s7: #b5683f; --s8: #8a63c9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --card: #1b212a; --ink: #e4e8ee; --faint: #9aa5b5; --line: #333c49; --code: #252d38;
    --kept: #57c98a; --lost: #ff8a80; --open: #e3b341; --plain: #8fb4ec;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; }
.sum { color: var(--faint); margin: 0 0 1.5rem; }
ol { list-style: none; margin: 0; padding: 0 0 0 1.75rem; position: relative; }
ol::before { content: ""; position: absolute; left: .5rem; top: .5rem; bottom: .5rem; width: 2px; background: var(--line); }
li { position: relative; }
.reboot { padding: .55rem 0; color: var(--faint); font-size: .9rem; }
.reboot p { margin: 0; overflow-wrap: anywhere; }
.reboot::before { content: ""; position: absolute; left: -1.62rem; top: 50%; width: .75rem; height: .75rem; margin-top: -.375rem;
  border: 2px solid var(--line); border-radius: 50%; background: var(--paper); }
.reboot b { color: var(--ink); font-weight: 600; }
.card { --tone: var(--plain); background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--tone);
  border-radius: 8px; padding: .9rem 1.1rem 1rem; }
.card::before { content: ""; position: absolute; left: calc(-1.75rem - 3px); top: 1.15rem; width: 1rem; height: 1rem; border-radius: 50%;
  background: var(--tone); border: 3px solid var(--paper); }
.kept { --tone: var(--kept); } .lost { --tone: var(--lost); } .open { --tone: var(--open); }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; }
h2 { font-size: 1.1rem; margin: 0; }
time { color: var(--faint); font-size: .9rem; }
.badge { font-size: .75rem; font-weight: 600; letter-spacing: .02em; padding: .1rem .5rem; border-radius: 99px; color: var(--tone);
  border: 1px solid var(--tone); }
.badge.trial { background: var(--tone); color: var(--card); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: .6rem 0 0; font-size: .92rem; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
.cause { margin: .7rem 0 0; padding: .5rem .75rem; border-radius: 6px; background: var(--code); overflow-wrap: anywhere; }
.cause b { color: var(--lost); }
.bar { display: flex; height: .8rem; gap: 2px; margin: .85rem 0 .35rem; }
.bar span { min-width: 4px; border-radius: 2px; background: var(--c); }
.marks { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: 0; padding: 0; font-size: .82rem; color: var(--faint); }
.marks span::before { content: ""; display: inline-block; width: .6rem; height: .6rem; border-radius: 2px; background: var(--c);
  margin-right: .35rem; }
.script { --c: var(--s1); } .initramfs { --c: var(--s2); } .mounted { --c: var(--s3); } .switched { --c: var(--s4); }
.systemd { --c: var(--s5); } .daemon { --c: var(--s6); } .target { --c: var(--s7); } .verdict { --c: var(--s8); }
details { margin-top: .7rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--faint); }
details h3 { font-size: .82rem; margin: .7rem 0 .2rem; color: var(--faint); font-weight: 600; }
pre { margin: 0; padding: .5rem .75rem; border-radius: 6px; background: var(--code); font: .82rem/1.45 ui-monospace, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { .card, .reboot { break-inside: avoid; } details > * { display: block; } }
`;
