/** The notification and activation protocols of systemd, without native code. See README.md. */
export { type Environment, type ListenFd, listenFds, notifySocket, watchdogInterval } from './environment.ts';
export { NotifyError, type NotifyErrorCode } from './error.ts';
export { formatState, MAX_MESSAGE_BYTES, type State, type StoredFds } from './format.ts';
export { createNotifier, type Notifier, type NotifierOptions } from './notifier.ts';
export { commandFdTransport, commandTransport, type Send, type SendFds } from './transport.ts';
