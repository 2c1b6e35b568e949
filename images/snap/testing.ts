/** Helpers of this folder's tests. */
import { SnapError } from './error.ts';
import type { App, SnapInfo } from './model.ts';
import { readSnapYaml } from './read.ts';
import { validateSnap } from './validate/validate.ts';

export const HEAD = 'name: foo\nversion: 1\n';

/** The complaint of a check as "code: message", or undefined. */
export function complaintOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof SnapError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** The snap that these lines behind name and version make. */
export function snapOf(lines: string): SnapInfo {
  return readSnapYaml(HEAD + lines);
}

/** What is wrong with it, in reading or in checking. */
export function complaintAbout(lines: string): string | undefined {
  return complaintOf(() => validateSnap(snapOf(lines)));
}

export function appOf(info: SnapInfo, name: string): App {
  const app = info.apps.get(name);
  if (app === undefined) throw new Error(`no app ${name}`);
  return app;
}
