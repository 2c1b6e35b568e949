/** `build/demo/figures.json`: what was measured, kept between runs. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HealthFigures } from './figures-health.ts';

export interface CaseFigure {
  readonly name: string;
  readonly title: string;
  readonly end: 'confirmed' | 'reverted' | 'mended' | 'restored';
  readonly cause?: string;
  /** From the moment at which the trial was armed; after a power cut, from power-on. */
  readonly seconds: number;
}

/** All times are seconds; those of a machine by its own clock. */
export interface Figures {
  readonly format: 1;
  /** The machine on which it was measured. */
  readonly host?: string;
  /** The image, built with an empty cache (downloads included). */
  readonly buildCold?: number;
  /** The image, with nothing changed since the last build. */
  readonly buildWarm?: number;
  /** From power-on to the agent's first answer. */
  readonly boot?: number;
  readonly health?: HealthFigures;
  readonly cases: readonly CaseFigure[];
}

const NONE: Figures = { format: 1, cases: [] };

/** Figures of earlier runs; none where the file is missing or of another format. */
export async function readFigures(path: string): Promise<Figures> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? NONE : parseFigures(text);
}

export function parseFigures(text: string): Figures {
  try {
    const figures = JSON.parse(text) as Partial<Figures> | null;
    return figures?.format === 1 && Array.isArray(figures.cases) ? { ...NONE, ...figures } : NONE;
  } catch {
    return NONE;
  }
}

/** Writes new figures over the old ones; those that were not measured this time stay. */
export async function keepFigures(path: string, measured: Partial<Figures>): Promise<void> {
  const figures = { ...(await readFigures(path)), ...measured };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, `${JSON.stringify(figures, null, 2)}\n`);
  await rename(`${path}.part`, path);
}
