/** Where scenarios are played: directories in memory, where there is memory for them, that go at the end. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDevice } from '../../agent/fixture.ts';
import { type Kit, makeKit } from './kit.ts';
import { type Recorded, record, untold } from './record.ts';
import type { Recorder } from './recorder.ts';
import type { Scenario } from './scenarios.ts';
import { markingWitness } from './witness.ts';

const MEMORY = '/dev/shm';

export class Stage {
  readonly folder: string;
  readonly kit: Kit;
  readonly recorder: Recorder;
  readonly #templates = new Map<string, string>();

  private constructor(folder: string, kit: Kit, recorder: Recorder) {
    this.folder = folder;
    this.kit = kit;
    this.recorder = recorder;
  }

  static async open(recorder: Recorder): Promise<Stage> {
    const folder = realpathSync(mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'holdfast-crash-')));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
    const device = join(folder, 'device');
    await makeDevice(device);
    return new Stage(folder, await makeKit(join(folder, 'kit'), device), recorder);
  }

  /** A device as the scenario begins with it, in `root`. */
  async set(scenario: Scenario, root = join(this.folder, 'root')): Promise<string> {
    let template = this.#templates.get(scenario.name);
    if (template === undefined) {
      template = join(this.folder, `template-${scenario.name}`);
      // Every device begins with the same first revisions, whose digests the kit knows.
      mkdirSync(template, { recursive: true });
      if (scenario.isDevice) cpSync(join(this.folder, 'device'), template, { recursive: true });
      await scenario.prepare(template, this.kit);
      this.#templates.set(scenario.name, template);
    }
    rmSync(root, { recursive: true, force: true });
    cpSync(template, root, { recursive: true, verbatimSymlinks: true });
    return root;
  }

  /** Plays a scenario undisturbed; throws where the trace does not tell all of it. */
  async record(scenario: Scenario): Promise<Recorded> {
    const root = await this.set(scenario);
    const { recorder, kit } = this;
    const recorded = await record(recorder, root, () =>
      scenario.act(
        root,
        kit,
        markingWitness(root, (text) => recorder.mark(text)),
      ),
    );
    const missing = untold(recorded, root);
    if (missing.length === 0) return recorded;
    throw new Error(`cannot replay ${scenario.name}: the trace does not tell of ${missing.join('; ')}`);
  }
}
