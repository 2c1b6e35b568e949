import { MachineError } from './error.ts';

/** What a command printed (with `\n` line ends) and how it ended. */
export interface CommandResult {
  readonly output: string;
  readonly status: number;
}

/** U-Boot and busybox's shell cut longer lines off (both keep 1023 bytes). */
export const LINE_BYTES_LIMIT = 1000;
/** A terminal keeps 4095 bytes for a shell that is not reading yet. */
export const COMMAND_BYTES_LIMIT = 4000;

/** Kernel messages as they come in between a program's output, also in the middle of its lines. */
const KERNEL_LINE = /\[ *\d+\.\d{6}\][^\n]*\n/g;

/**
 * The line that runs `command` in a subshell of a POSIX shell and marks where its output begins and ends.
 * The terminal echoes `$?` where the markers have digits, so the echo is never taken for a marker.
 */
export function shellLine(id: string, command: string): string {
  const quoted = `'${command.replaceAll("'", `'\\''`)}'`;
  return checked(`echo hf-begin-${id}-$?; (eval ${quoted}); echo hf-end-${id}-$?\n`);
}

/** The same for U-Boot's prompt, which has neither subshells nor lines that go on. */
export function ubootLine(id: string, command: string): string {
  if (/[\r\n]/.test(command)) throw new MachineError('bad-argument', 'cannot send several lines to U-Boot at once');
  return checked(`echo hf-begin-${id}-$?; ${command}; echo hf-end-${id}-$?\n`);
}

function checked(text: string): string {
  const bytes = Buffer.byteLength(text);
  const longest = Math.max(...text.split('\n').map((line) => Buffer.byteLength(line)));
  if (bytes <= COMMAND_BYTES_LIMIT && longest <= LINE_BYTES_LIMIT) return text;
  const limits = `${LINE_BYTES_LIMIT} bytes a line, ${COMMAND_BYTES_LIMIT} in all`;
  const message = `cannot send a command of ${bytes} bytes with a line of ${longest}: the limit is ${limits}`;
  throw new MachineError('bad-argument', message);
}

/**
 * Looks for the result of command `id` in what the console said. `consumed` counts characters of `text` up to the end of
 * the end marker's line. Kernel messages are taken out first, unless they are to be kept: they may split even a marker.
 */
export function findResult(
  id: string,
  text: string,
  { keepKernelMessages = false } = {},
): { readonly result: CommandResult; readonly consumed: number } | undefined {
  const clean = keepKernelMessages ? { text, rawEnd: (index: number) => index } : withoutKernelMessages(text);
  const match = new RegExp(`hf-begin-${id}-\\d+\\r*\\n([^]*?)hf-end-${id}-(\\d+)\\r*\\n`).exec(clean.text);
  if (match === null) return undefined;
  const [whole, output = '', status = ''] = match;
  return {
    result: { output: output.replaceAll(/\r+\n/g, '\n'), status: Number(status) },
    consumed: clean.rawEnd(match.index + whole.length),
  };
}

/** The text without kernel messages, and for each length of it how much of the original it covers. */
export function withoutKernelMessages(text: string): { readonly text: string; rawEnd(length: number): number } {
  const messages = [...text.matchAll(KERNEL_LINE)];
  const rawEnd = (length: number) => {
    let raw = length;
    for (const { index, 0: message } of messages) {
      if (index >= raw) break;
      raw += message.length;
    }
    return raw;
  };
  return { text: text.replaceAll(KERNEL_LINE, ''), rawEnd };
}
