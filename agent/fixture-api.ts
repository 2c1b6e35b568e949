/** For tests: the API of a whole device in a directory, on its socket. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { FakeBootDesk } from './api/boot-desk-fake.ts';
import { listenAt } from './api/listen.ts';
import { apiServer } from './api/server.ts';
import type { SnapDesk } from './api/snap-desk.ts';
import { snapDeskOf } from './api/snap-device.ts';
import { makeDevice, makeSnap, temporaryDirectory } from './fixture.ts';
import { ask, type FormPart, formType, installForm } from './fixture-http.ts';
import { type MachineOptions, TestMachine } from './fixture-machine.ts';
import { native } from './system/native/native.ts';
import { peerOf } from './system/peer.ts';

/** @param desk answers what is about snaps, instead of the device */
export async function served(t: Test, options: MachineOptions = {}, desk?: SnapDesk) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const machine = new TestMachine(layout, options);
  await machine.start();
  const boots = new FakeBootDesk();
  const server = apiServer(
    { device: machine.device, boots, snaps: desk ?? snapDeskOf(machine.device), version: '0.0.1' },
    (socket) => peerOf(socket, native()).uid,
  );
  await listenAt(server, layout.socket);
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    machine.stop();
    await machine.quiet();
  });
  const snap = async (options: Parameters<typeof makeSnap>[1]) => {
    const path = join(directory, 'made.snap');
    await makeSnap(path, options);
    return readFile(path);
  };
  const get = (path: string) => ask(layout.socket, 'GET', path);
  const install = (body: Uint8Array, more: readonly FormPart[] = []) =>
    ask(layout.socket, 'POST', '/v2/snaps', installForm(body, more), formType);
  const send = (method: string, path: string, body: unknown, type?: string) =>
    ask(layout.socket, method, path, bytesOf(body), type);
  return { directory, layout, machine, boots, get, send, install, snap };
}

/** Bytes and text as they are, all else as JSON. */
function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A request by another user, who takes on his uid only after everything is loaded, so that he need not read this file. */
export async function asNobody(
  socketPath: string,
  method: string,
  path: string,
  body: string,
  type: string,
): Promise<string> {
  const script = `
    const { request } = require('node:http');
    process.setgroups([]); process.setgid(65534); process.setuid(65534);
    const [socketPath, method, path, body, type] = process.argv.slice(1);
    const out = request({ socketPath, method, path, headers: { 'content-type': type } }, (answer) => answer.pipe(process.stdout));
    out.end(Buffer.from(body, 'base64'));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '-e',
    script,
    '--',
    socketPath,
    method,
    path,
    body,
    type,
  ]);
  return stdout;
}
