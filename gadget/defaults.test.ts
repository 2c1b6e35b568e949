import t from 'tap';
import { parseDefaults } from './defaults.ts';
import { MAX_GADGET_YAML_BYTES } from './document.ts';

t.test('the defaults of one snap are text, lists and maps', (t) => {
  const text = [
    'defaults:',
    '  system:',
    '    health:',
    '      deadline: 0300',
    '      settle: 10s',
    '      checks: {store: off, link: wanted}',
    '    list: [1, true]',
    '    none:',
    '    __proto__: {polluted: yes}',
    '  99T7MUlRhtI3U0QFgl5mXXESAiSwt776: {a: b}',
    'volumes: nothing that is looked at',
  ].join('\n');
  const system = parseDefaults(text, 'system');
  t.match(system, {
    health: { deadline: '0300', settle: '10s', checks: { store: 'off', link: 'wanted' } },
    list: ['1', 'true'],
    none: '',
  });
  t.equal(Object.getPrototypeOf(system), Object.prototype);
  t.strictSame(parseDefaults(text, '99T7MUlRhtI3U0QFgl5mXXESAiSwt776'), { a: 'b' });
  for (const other of ['volumes: {}', 'defaults: 3', 'defaults: {core: {a: b}}', '- a', '']) {
    t.equal(parseDefaults(other, 'system'), undefined, other);
  }
  t.end();
});

t.test('what is no plain data is refused', (t) => {
  const code = (text: string) => {
    try {
      parseDefaults(text, 'system');
      return 'taken';
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : 'another error';
    }
  };
  t.equal(code('defaults: {'), 'bad-yaml');
  t.equal(code('defaults: {system: {? [a] : b}}'), 'bad-shape');
  t.equal(code(`defaults: {system: ${'['.repeat(20)}${']'.repeat(20)}}`), 'too-big');
  t.equal(code('#'.repeat(MAX_GADGET_YAML_BYTES + 1)), 'too-big');
  t.end();
});
