import t from 'tap';
import { listAliases, showAliases } from './aliases.ts';
import { readArguments } from './arguments.ts';
import type { Client } from './client.ts';

const result = {
  shop: {
    pay: { command: 'shop.till', status: 'manual', manual: 'till' },
    buy: { command: 'shop.till', status: 'manual', manual: 'till', auto: 'shop' },
  },
  app: {
    old: { command: 'app.x', status: 'disabled', auto: 'x' },
    auto: { command: 'app', status: 'auto', auto: 'app' },
  },
};

t.test('aliases are shown by command, with what is special about them', (t) => {
  t.equal(showAliases({}), 'There are no aliases.\n');
  t.strictSame(
    showAliases(result)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ +/)),
    [
      ['Command', 'Alias', 'Notes'],
      ['app', 'auto', '-'],
      ['app.x', 'old', 'disabled'],
      ['shop.till', 'buy', 'manual,override'],
      ['shop.till', 'pay', 'manual'],
    ],
  );
  t.match(showAliases({ a: { '\x1b[2J': { command: 'a', status: 'auto' } } }), /\ufffd\[2J/);
  t.equal(showAliases('nonsense'), 'There are no aliases.\n');
  t.end();
});

t.test('those of one snap, and all as they are', async (t) => {
  const run = async (...args: readonly string[]) => {
    const out: string[] = [];
    const asked: string[] = [];
    const client: Client = {
      get: async (path) => {
        asked.push(path);
        return { result, change: undefined, maintenance: undefined };
      },
      post: () => Promise.reject(new Error('nothing is to be changed')),
      download: () => Promise.reject(new Error('there is nothing')),
    };
    const terminal = { isTty: false, out: (text: string) => out.push(text), err: () => {} };
    await listAliases(client, readArguments(['aliases', ...args], {}), terminal);
    t.strictSame(asked, ['/v2/aliases']);
    return out.join('');
  };
  t.match(await run(), /app\.x(.*\n)+shop/);
  t.notMatch(await run('shop'), /app\.x/);
  t.equal(await run('gone'), 'There are no aliases.\n');
  t.strictSame(JSON.parse(await run('--json')), result);
  t.strictSame(JSON.parse(await run('shop', '--json')), { shop: result.shop });
});
