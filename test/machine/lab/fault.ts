/**
 * What a snap that is tried has in it besides what the good one has: exactly one fault, as changes to the files of the good
 * snap (or of the initramfs in it), and what is known of it in advance.
 */

/** A change to a good snap; several are applied in order. */
export type Change =
  /** Insert a line into the initramfs's init, before the line that begins with `before`. */
  | { readonly kind: 'init-line'; readonly before: string; readonly line: string }
  /** Put a program into the initramfs and start it in the background, before the line of init that begins with `before`. */
  | { readonly kind: 'init-program'; readonly source: string; readonly before: string }
  /** Put other content into a file of the initramfs. */
  | { readonly kind: 'init-file'; readonly path: string; readonly content: string }
  /** Flip bits of some bytes of a file of the snap, from `offset` on. */
  | { readonly kind: 'flip'; readonly file: string; readonly offset: number; readonly bytes: number }
  /** Overwrite a 32-bit little-endian word of a file of the snap. */
  | { readonly kind: 'word'; readonly file: string; readonly offset: number; readonly value: number }
  /** Put a file into the snap. */
  | { readonly kind: 'file'; readonly path: string; readonly content: string; readonly mode?: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  /** Take a file out of the snap; a part of the path that is `*` stands for the only name that there is. */
  | { readonly kind: 'remove'; readonly path: string };

/** A snap that is tried. */
export interface Tried {
  /** Also the name of the snap's file, `<name>.snap`. */
  readonly name: string;
  readonly slot: 'kernel' | 'base';
  /** For people: what is wrong with it, if anything. */
  readonly title: string;
  /** None: a good snap, another revision of what the image has. */
  readonly changes: readonly Change[];
}

export interface Fault extends Tried {
  /** What the serial console must show after the trial began, or nothing could be said of the fault. */
  readonly evidence: RegExp;
  /** What must not stand between the start of the trial and the next one of U-Boot. */
  readonly absent?: RegExp;
  /** The hardware watchdog must have reset the machine; or must not. */
  readonly watchdog: boolean;
  /** `cause.code` of the outcome that the device records. */
  readonly cause: string;
  /** The whole message of the cause: what follows `Cause: <code>: ` in the second line of `holdfast boot why`. */
  readonly message: RegExp;
  /** What the lines after it must show besides. */
  readonly seen?: RegExp;
}

/** The text with which a kernel begins the last that it says. */
export const PANIC = 'Kernel panic - not syncing';

/** A file of a unit that a base ships, and the link that has it started. */
export function unit(name: string, lines: readonly string[]): Change[] {
  const folder = 'usr/lib/systemd/system';
  return [
    { kind: 'file', path: `${folder}/${name}`, content: `${lines.join('\n')}\n` },
    { kind: 'symlink', path: `${folder}/multi-user.target.wants/${name}`, target: `../${name}` },
  ];
}

/** A program of the snap, as lines of a POSIX shell. */
export function script(path: string, ...lines: readonly string[]): Change {
  return { kind: 'file', path, content: ['#!/bin/sh', ...lines, ''].join('\n'), mode: 0o755 };
}
