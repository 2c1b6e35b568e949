import { SerialPort } from 'serialport';
import { MachineError } from './error.ts';

/** The console's end of the machine's serial line. */
export interface SerialLine {
  /** Resolves when the guest's side has taken the text. */
  readonly write: (text: string) => Promise<void>;
  readonly close: () => void;
}

/** A pseudo terminal has no speed; the number is what a real cable to such a board would have. */
const BAUD_RATE = 115_200;

/**
 * Opens the pty of a machine.
 * QEMU hands the guest only as many bytes as its FIFO has room for, so text needs no pacing.
 * @throws MachineError `cannot-start` where the pty cannot be opened.
 */
export function openSerial(path: string, onBytes: (bytes: Uint8Array) => void): Promise<SerialLine> {
  const { promise, resolve, reject } = Promise.withResolvers<SerialLine>();
  const port = new SerialPort({ path, baudRate: BAUD_RATE, autoOpen: false });
  const gone = Promise.withResolvers<void>();
  let open = true;
  const lost = (error: Error | null) => {
    open = false;
    gone.reject(new MachineError('exited', `cannot write to the serial line ${path}: ${error?.message ?? 'closed'}`));
  };
  // Without a writer nobody listens to this one.
  gone.promise.catch(() => {});
  port.on('data', onBytes);
  port.on('error', lost);
  // QEMU closes the pty when it ends; why it ended is the machine's to tell.
  port.on('close', lost);
  const write = (text: string) =>
    Promise.race([
      gone.promise,
      new Promise<void>((done) => {
        port.write(text);
        port.drain(() => done());
      }),
    ]);
  const close = () => {
    if (open) port.close(() => {});
    open = false;
  };
  port.open((error) => {
    if (error === null) resolve({ write, close });
    else {
      const message = `cannot open the serial line ${path}: ${error.message}`;
      reject(new MachineError('cannot-start', message, { cause: error }));
    }
  });
  return promise;
}
