/**
 * Drives the glue of native.c with good and bad arguments, for sanitized.test.ts, which runs this under the sanitizers:
 * `node drive.ts ADDON EMPTY_DIRECTORY`. Prints one JSON object: label -> result.
 */
import { strict as assert } from 'node:assert';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { getSystemErrorName } from 'node:util';

const [, , addonPath = '', folder = ''] = process.argv;
const module: { exports: Record<string, unknown> } = { exports: {} };
process.dlopen(module, addonPath);
// The release build would restart the machine.
assert.equal(module.exports['fakes'], true, 'drive.ts runs only with the stand-ins of calls-fakes.c');
process.chdir(folder);

const results: Record<string, unknown> = {};

function drive(label: string, name: string, ...args: readonly unknown[]): void {
  const call = module.exports[name] as (...args: readonly unknown[]) => unknown;
  try {
    const result = call(...args);
    results[label] = typeof result === 'number' && result < 0 ? getSystemErrorName(result) : result;
  } catch (error) {
    results[label] = error instanceof TypeError ? 'TypeError' : String(error);
  }
}

mkdirSync('folder');
writeFileSync('one', '1');
writeFileSync('two', '2');
const fd = openSync('one', 'r+');
const other = openSync('one', 'r+');

drive('exchange', 'renameExchange', 'one', 'two');
drive('exchange: missing', 'renameExchange', 'one', 'missing');
drive('exchange: long', 'renameExchange', 'x'.repeat(4095), 'two');
drive('exchange: too long', 'renameExchange', 'x'.repeat(4096), 'two');
drive('exchange: long in UTF-8', 'renameExchange', 'é'.repeat(2048), 'two');
drive('exchange: NUL', 'renameExchange', 'one\0', 'two');
drive('exchange: one name', 'renameExchange', 'one');
drive('lock', 'flock', fd, 0, true);
drive('lock: held', 'flock', other, 0, true);
drive('lock: mode', 'flock', fd, 3, true);
drive('lock: no mode', 'flock', fd);
drive('lock: bad descriptor', 'flock', -1, 0, true);
drive('fadvise', 'fadviseDontNeed', fd);
drive('fadvise: nothing', 'fadviseDontNeed');
drive('fadvise: text', 'fadviseDontNeed', '1');
drive('syncfs', 'syncfs', fd);
drive('syncfs: bad descriptor', 'syncfs', 1e6);
drive('blkflsbuf: file', 'blkflsbuf', fd);
drive('peercred: file', 'peercred', fd);
drive('peercred: NaN', 'peercred', Number.NaN);
drive('peercred: half', 'peercred', 0.5);
drive('peercred: past 32 bits', 'peercred', 2 ** 32);
drive('datagram: nobody', 'sendDatagram', 'missing', new Uint8Array(3), []);
drive('datagram: slice', 'sendDatagram', 'missing', new Uint8Array(8).subarray(7), []);
drive('datagram: empty', 'sendDatagram', 'missing', new Uint8Array(0), []);
drive('datagram: long', 'sendDatagram', 'x'.repeat(4000), new Uint8Array(3), []);
drive('datagram: words', 'sendDatagram', 'missing', new Uint16Array(3), []);
drive('datagram: text', 'sendDatagram', 'missing', 'READY=1', []);
drive('datagram: nothing', 'sendDatagram');
drive('datagram: descriptors', 'sendDatagram', 'missing', new Uint8Array(3), [fd, other]);
drive('datagram: bad descriptor', 'sendDatagram', 'missing', new Uint8Array(3), [fd, 1e6]);
drive('datagram: no number', 'sendDatagram', 'missing', new Uint8Array(3), [fd, 'one']);
drive('datagram: no array', 'sendDatagram', 'missing', new Uint8Array(3), { length: 1, 0: fd });
drive('datagram: no descriptors', 'sendDatagram', 'missing', new Uint8Array(3));
drive('datagram: most descriptors', 'sendDatagram', 'missing', new Uint8Array(3), Array(253).fill(fd));
drive('datagram: too many descriptors', 'sendDatagram', 'missing', new Uint8Array(3), Array(254).fill(fd));
drive('reboot', 'rebootNow');

const here = openSync('.', 'r');
const name = (text: string) => Buffer.from(text);
const fields = new BigInt64Array(9);
drive('tree: base', 'treeBase', 'missing');
drive('tree: base NUL', 'treeBase', '.\0');
drive('tree: stat', 'treeStat', here, name('one'), fields);
drive('tree: stat itself', 'treeStat', fd, new Uint8Array(0), fields);
drive('tree: stat into less', 'treeStat', here, name('one'), new BigInt64Array(8));
drive('tree: stat into bytes', 'treeStat', here, name('one'), new Uint8Array(72));
drive('tree: slash', 'treeStat', here, name('a/b'), fields);
drive('tree: NUL', 'treeStat', here, name('a\0'), fields);
drive('tree: long', 'treeStat', here, name('x'.repeat(255)), fields);
drive('tree: too long', 'treeStat', here, name('x'.repeat(256)), fields);
drive('tree: text', 'treeStat', here, 'one', fields);
drive('tree: open', 'treeOpen', here, name('one'), 0);
drive('tree: open how', 'treeOpen', here, name('one'), 3);
drive('tree: close', 'treeClose', 1e6);
drive('tree: list', 'treeList', fd, new Uint8Array(100));
drive('tree: list into nothing', 'treeList', fd, new Uint8Array(0));
drive('tree: mkdir', 'treeMkdir', here, name('folder'));
drive('tree: unlink', 'treeUnlink', here, name('missing'), false);
drive('tree: unlink what', 'treeUnlink', here, name('missing'));
drive('tree: rename', 'treeRename', here, name('missing'), here, name('other'));
drive('tree: rename one', 'treeRename', here, name('missing'));
drive('tree: link', 'treeLink', here, name('missing'), here, name('other'));
drive('tree: clone', 'treeClone', fd, 1e6);
drive('tree: range', 'treeCopyRange', fd, other, 0, 0);
drive('tree: range before', 'treeCopyRange', fd, other, -1, 1);
drive('tree: range past', 'treeCopyRange', fd, other, 0, 2 ** 53);
drive('tree: attributes', 'treeCopyAttributes', fd, other);
drive('tree: attributes of one', 'treeCopyAttributes', fd);
drive('tree: node', 'treeCopyNode', here, name('one'), here);

const server = createServer((socket) => {
  const handle = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  drive('peercred', 'peercred', handle.fd);
  socket.destroy();
  server.close(() => console.log(JSON.stringify({ ...results, pid: process.pid, uid: process.getuid?.() })));
});
server.listen('socket', () => connect('socket').resume());
