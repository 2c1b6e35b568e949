import type { Of } from '../yaml/decode.ts';
import { list, map, struct, text, uint32 } from '../yaml/types.ts';
import { duration } from './duration.ts';
import { environment } from './environment.ts';
import { daemonScope, restartCondition } from './words.ts';

const texts = list(text);

const socket = struct('snap.socketsYaml', {
  'listen-stream': text,
  'socket-mode': uint32('fs.FileMode'),
});

export const app = struct('snap.appYaml', {
  aliases: texts,
  command: text,
  'command-chain': texts,
  daemon: text,
  'daemon-scope': daemonScope,
  'stop-command': text,
  'reload-command': text,
  'post-stop-command': text,
  'stop-timeout': duration,
  'start-timeout': duration,
  'watchdog-timeout': duration,
  completer: text,
  'refresh-mode': text,
  'stop-mode': text,
  'install-mode': text,
  'restart-condition': restartCondition,
  'restart-delay': duration,
  'success-exit-status': texts,
  slots: texts,
  plugs: texts,
  'bus-name': text,
  'activates-on': texts,
  'common-id': text,
  environment,
  sockets: map(socket),
  after: texts,
  before: texts,
  timer: text,
  autostart: text,
});

export type AppYaml = Of<typeof app>;
