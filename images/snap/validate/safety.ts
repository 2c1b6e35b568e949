/** What a snap.yaml that snapd finds valid may still not say here. Pure. */
import { SnapError } from '../error.ts';
import type { App, SnapInfo } from '../model.ts';
import { leadsOut } from '../path.ts';
import { quote } from '../quote.ts';

/**
 * Nothing outside of the snap is named as its program: snapd refuses these later, as files that the snap lacks. And nothing
 * that is put into a unit ends its line, where another one could begin. Throws `bad-app`, `bad-hook`.
 */
export function checkSafety({ apps, hooks }: SnapInfo): void {
  for (const app of apps.values()) checkApp(app);
  for (const { name, commandChain } of hooks.values()) {
    const out = commandChain.find(leadsOut);
    if (out !== undefined) throw new SnapError('bad-hook', missing(out, `hook ${quote(name)}`));
  }
}

function checkApp(app: App): void {
  const { name, command, stopCommand, reloadCommand, postStopCommand, commandChain, sockets } = app;
  const programs = [command, stopCommand, reloadCommand, postStopCommand].map(programOf);
  const out = [...programs, ...commandChain].find(leadsOut);
  if (out !== undefined) throw new SnapError('bad-app', missing(out, `app ${quote(name)}`));
  for (const [socket, { listenStream }] of sockets) {
    if (!/\p{Cc}/u.test(listenStream)) continue;
    const text = `the "listen-stream" of socket ${quote(socket)} has a control character: ${quote(listenStream)}`;
    throw new SnapError('bad-app', `invalid definition of application ${quote(name)}: ${text}`);
  }
}

/** The rest of a command are its arguments. */
function programOf(command: string): string {
  return command.split(' ', 1)[0] ?? '';
}

function missing(path: string, whose: string): string {
  return `snap is unusable due to missing files: ${quote(path)} of ${whose} leads out of the snap`;
}
