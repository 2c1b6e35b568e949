/** The notification and activation protocols of systemd, without native code. See README.md. */
export { type Environment, type ListenFd, listenFds, notifySocket, watchdogInterval } from './environment.ts';
export { NotifyError, type NotifyErrorCode } from './error.ts';
export { formatState, MAX_MESSAGE_BYTES, type State } from './format.ts';
export { createNotifier, type Notifier, type NotifierOptions } from './notifier.ts';
export { commandTransport, type Send } from './transport.ts';
