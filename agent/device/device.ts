/** The device: what is asked of it, and where it stands. */
import { isEmpty, readBootState, type TrialPhase } from '../../bootloader/protocol/index.ts';
import type { HealthPolicy } from '../boot/health/model.ts';
import { policyOf } from '../boot/health/policy.ts';
import { phaseOf } from '../boot/phase.ts';
import { leaveInterrupted } from '../boot/trial.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import type { Change } from '../engine/model.ts';
import type { ConfigDocument } from './config-document.ts';
import { planConfigure } from './configure.ts';
import { DeviceError } from './error.ts';
import { type ChangePlan, planInstall } from './install.ts';
import type { Parts } from './parts.ts';
import { receiveUpload, type Upload } from './upload.ts';

export class Device {
  readonly parts: Parts;
  /** Of this boot; a trial adds what its gadget and its commands say. */
  policy: HealthPolicy;
  /** This boot is a trial, and it has not come to its end. */
  judging = false;
  /** Where the running trial stands, in words; `undefined` once there is a verdict. */
  trialProgress: string | undefined;
  readonly #recover: () => Promise<void>;
  #busy = false;
  #recovering = false;

  /** @param recover does again what a start-up does about the boot set */
  constructor(parts: Parts, recover: () => Promise<void>) {
    this.parts = parts;
    this.#recover = recover;
    this.policy = policyOf(parts.facts.booted, parts.world.policy);
  }

  /** Where a trial stands, and the log's open entry for it. */
  async trial(): Promise<{ readonly phase: TrialPhase; readonly entry: TrialEntry | undefined }> {
    const { env, trials, facts } = this.parts;
    const entry = trials.unsettled();
    return { phase: phaseOf(await env.state(), facts, entry), entry };
  }

  /**
   * Refuses while anything is under way that a new change would disturb.
   * @throws DeviceError `conflict`
   */
  async assertFree(): Promise<void> {
    this.#assertIdle();
    const { mode, trying } = await this.parts.env.state();
    if (mode !== '' && !isEmpty(trying)) {
      throw new DeviceError(
        'conflict',
        `cannot start a change: a trial of ${Object.values(trying).join(', ')} is open`,
      );
    }
  }

  /** What can be told without waiting, so that nothing comes between the answer and what is done on it. */
  #assertIdle(): void {
    const { changes, restart } = this.parts;
    const [open] = changes.open();
    if (open !== undefined) {
      this.#wake();
      const text = `cannot start a change: change ${open.id} (${open.summary}) is in progress`;
      throw new DeviceError('conflict', text, open.kind);
    }
    if (restart.maintenance !== undefined)
      throw new DeviceError('conflict', 'cannot start a change: the device is about to reboot');
    if (this.judging) throw new DeviceError('conflict', 'cannot start a change: this boot is a trial');
    if (this.#recovering)
      throw new DeviceError('conflict', 'cannot start a change: the end of the last one is being written down');
    if (this.#busy) throw new DeviceError('conflict', 'cannot start a change: another one is being started');
  }

  /**
   * Takes up again what stands still, because the medium refused a write when it should have gone on: without that every
   * request would find a conflict until the next start. Whoever asked still gets the conflict, and may ask again.
   */
  #wake(): void {
    const { runner, restart, world } = this.parts;
    if (this.judging || this.#recovering || runner.busy || restart.maintenance !== undefined) return;
    this.#recovering = true;
    this.#recover()
      .catch((error: unknown) => world.say(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#recovering = false;
      });
  }

  /**
   * Takes a snap file in.
   * @throws DeviceError, SnapsError, DiskError; nothing is left then
   */
  receive(content: AsyncIterable<Uint8Array>): Promise<Upload> {
    return receiveUpload(this.parts.world, content);
  }

  /** Removes what was received and not installed. */
  discard(upload: Upload): Promise<void> {
    return this.parts.world.disk.remove(upload.path);
  }

  /**
   * Starts the installation of a received file; `title` is what the user calls it.
   * @throws DeviceError, SnapsError, DiskError; the upload is the caller's to discard then
   */
  install(upload: Upload, title: string): Promise<Change> {
    return this.#start(() => planInstall(this.parts, upload, title));
  }

  /**
   * Starts a change of the system's configuration.
   * @throws DeviceError, ConfigError
   */
  configure(patch: ConfigDocument): Promise<Change> {
    return this.#start(async () => planConfigure(this.parts.configuration, patch));
  }

  async #start(plan: () => Promise<ChangePlan>): Promise<Change> {
    await this.assertFree();
    this.#assertIdle();
    this.#busy = true;
    try {
      const { kind, summary, data, tasks } = await plan();
      const change = this.parts.changes.create(kind, summary, data, tasks);
      this.run(change.id);
      return change;
    } finally {
      this.#busy = false;
    }
  }

  /** Takes a change as far as it goes, in the background. */
  run(change: number): void {
    const { runner, world } = this.parts;
    runner.run(change).catch((error: unknown) => {
      world.say(`change ${change} stopped: ${error instanceof Error ? error.message : error}`);
    });
  }

  /** The daemon is told to end: where a trial is being judged, the next boot must not take that for a crash. */
  async interrupt(): Promise<void> {
    const { env, facts, world } = this.parts;
    if (this.trialProgress === undefined) return;
    await leaveInterrupted({ env, bootId: facts.bootId, ran: facts.booted.ran }).catch((error: unknown) =>
      world.say(String(error)),
    );
  }

  /** What the environment says, as the boot script would read it. */
  async bootState() {
    return readBootState(await this.parts.env.read());
  }
}
