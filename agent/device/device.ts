/** The device: what is asked of it, and where it stands. */
import { isEmpty, readBootState, type TrialPhase } from '../../bootloader/protocol/index.ts';
import type { HealthPolicy, PersonVerdict } from '../boot/health/model.ts';
import { policyOf } from '../boot/health/policy.ts';
import { phaseOf } from '../boot/phase.ts';
import { leaveInterrupted } from '../boot/trial.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import type { Change } from '../engine/model.ts';
import type { ChangePlan } from '../engine/plan.ts';
import { pruneEveryMs } from '../engine/prune.ts';
import { changeStatus } from '../engine/status.ts';
import { Turns } from '../engine/turns.ts';
import type { Finding } from '../snaps/fitness/finding.ts';
import { Disturbed } from '../snaps/fitness/reading.ts';
import { type Fitness, startFitness } from '../snaps/fitness/schedule.ts';
import { forgetExpired } from '../snaps/saved/expiry.ts';
import { type Imported, importSet } from '../snaps/saved/import.ts';
import { inTime } from '../system/in-time.ts';
import type { ConfigDocument } from './config-document.ts';
import { planConfigure } from './configure.ts';
import { DeviceError } from './error.ts';
import { isExclusive, triesBootSet } from './exclusive.ts';
import { followBoot } from './follow-boot.ts';
import { noteShutdown } from './journal.ts';
import type { Parts } from './parts.ts';
import { takeInventory, uploadsOf } from './prepare.ts';
import { planRequest, type SnapRequest } from './request.ts';
import { type SnapView, snapViews } from './snap-view.ts';
import { markStages } from './stage-marks.ts';
import { receiveUpload, type Upload } from './upload.ts';

/** How long tasks that are told to stop get for it; what takes longer runs again at the next start. */
const stopMillis = 10_000;

export class Device {
  readonly parts: Parts;
  /** Of this boot; a trial adds what its gadget and its commands say. */
  policy: HealthPolicy;
  /** This boot is a trial, and it has not come to its end. */
  judging = false;
  /** Where the running trial stands, in words; `undefined` once there is a verdict. */
  trialProgress: string | undefined;
  readonly #startAgain: () => Promise<void>;
  readonly #person = Promise.withResolvers<PersonVerdict>();
  #fitness: Fitness | undefined;
  readonly #over = new AbortController();
  /** Beginning a change, and tidying up while there is none: one after the other. */
  readonly #turns = new Turns();
  #works = 0;
  /** The last change that had the records name what boots. */
  #following: number | undefined;
  #recovering = false;

  /** @param startAgain does again what a start-up does about the boot set */
  constructor(parts: Parts, startAgain: () => Promise<void>) {
    this.parts = parts;
    this.#startAgain = startAgain;
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
    const open = changes.open();
    if (open.length > 0) this.#wake();
    assertNone(open.filter(isExclusive));
    if (restart.maintenance !== undefined)
      throw new DeviceError('conflict', 'cannot start a change: the device is about to reboot');
    if (this.judging) throw new DeviceError('conflict', 'cannot start a change: this boot is a trial');
    if (this.#recovering)
      throw new DeviceError('conflict', 'cannot start a change: the end of the last one is being written down');
  }

  /**
   * Takes up again what stands still, because the medium refused a write when it should have gone on: without that every
   * request would find a conflict until the next start. Whoever asked still gets the conflict, and may ask again.
   */
  #wake(): void {
    const { runner, restart } = this.parts;
    if (this.judging || this.#recovering || runner.busy || restart.maintenance !== undefined) return;
    void this.recover(this.#startAgain);
  }

  /**
   * Works in the background on what the last trial has left; until that is over, no change is started. Within such work it
   * is waited for. Never rejects.
   */
  async recover(work: () => Promise<void>): Promise<void> {
    if (this.#recovering) return work();
    this.#recovering = true;
    void work()
      .catch((error: unknown) => this.parts.world.say(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#recovering = false;
      });
  }

  /** What a person says about the trial that this boot is, once it is said. */
  get personVerdict(): Promise<PersonVerdict> {
    return this.#person.promise;
  }

  /**
   * Ends the running trial by a person's word.
   * @throws DeviceError `conflict` where nothing is judged
   */
  giveVerdict(verdict: PersonVerdict): void {
    if (this.trialProgress === undefined) {
      throw new DeviceError(
        'conflict',
        `cannot ${verdict.kind === 'good' ? 'confirm' : 'reject'}: no trial is running`,
      );
    }
    this.#person.resolve(verdict);
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
   * What a request about snaps would do. Changes nothing.
   * @throws SnapsError, DiskError
   */
  plan(request: SnapRequest): Promise<ChangePlan> {
    return planRequest(this.parts, request, false);
  }

  /**
   * Starts what a request about snaps asks for.
   * @throws DeviceError, SnapsError, DiskError; uploads are the caller's to discard then
   */
  request(request: SnapRequest): Promise<Change> {
    return this.#start(async () => {
      const plan = await planRequest(this.parts, request, true);
      const names = plan.data['snap-names'];
      // Whoever asks for it by hand has decided that it is worth another try.
      if (Array.isArray(names)) for (const name of names) this.parts.backOff.clear(String(name));
      return plan;
    });
  }

  /**
   * Takes snapshots that another device, or this one, has exported, as a new set.
   * @throws SavedError; DiskError, DatabaseError
   */
  importSnapshots(stream: AsyncIterable<Uint8Array>): Promise<Imported> {
    return importSet(this.parts.saved.world, stream, this.parts.changes.open());
  }

  /** The installed snaps. @param names only these; all where none is named */
  snaps(names: readonly string[] = []): Promise<SnapView[]> {
    return snapViews(this.parts, names);
  }

  /**
   * Starts the installation of a received file, signed or not; `title` is what the user calls it.
   * @throws DeviceError, SnapsError, DiskError; the upload is the caller's to discard then
   */
  install(upload: Upload, title: string): Promise<Change> {
    return this.request({ action: 'install', uploads: [{ upload, title }], dangerous: true, flags: {} });
  }

  /**
   * Starts a change of the system's configuration.
   * @throws DeviceError, ConfigError
   */
  configure(patch: ConfigDocument): Promise<Change> {
    return this.#start(async () => planConfigure(this.parts.configuration, patch));
  }

  /**
   * Gives a change up: what is done of it is undone.
   * @throws DeviceError `conflict` while a trial runs; EngineError `no-change`, `is-over`; DatabaseError
   */
  async abort(id: number): Promise<Change> {
    const { env, runner } = this.parts;
    if (this.judging || this.#recovering || (await env.state()).mode === 'trying') {
      throw new DeviceError('conflict', 'cannot abort a change: this boot is a trial');
    }
    const change = await runner.abort(id);
    this.run(id);
    return change;
  }

  async #start(plan: () => Promise<ChangePlan>): Promise<Change> {
    await this.assertFree();
    return this.#turns.take(async () => {
      this.#assertIdle();
      const planned = await plan();
      // Again: planning takes its time, and a change that restarts the device takes it from all others.
      this.#assertIdle();
      if (triesBootSet(planned)) assertNone(this.parts.changes.open());
      const change = await this.parts.runner.start(planned);
      this.run(change.id);
      return change;
    });
  }

  /** Takes a change as far as it goes, in the background. */
  run(change: number): void {
    void this.#beside(async () => {
      await this.parts.runner.run(change);
      await this.#end(change);
    }, `change ${change} stopped: `);
  }

  /** True while a change is worked on, or something is tidied up. */
  get isAtWork(): boolean {
    return this.#works > 0;
  }

  /** Brings what is left behind in order, where no change is under way. Never rejects. */
  tidy(): Promise<void> {
    const { parts } = this;
    const work = async () => {
      if (parts.changes.open().length > 0) return;
      await parts.tidy();
      await takeInventory(parts);
      const change = this.#hasFollowed() ? undefined : await followBoot(parts);
      this.#following = change?.id ?? this.#following;
      if (change !== undefined) this.run(change.id);
      else parts.world.checkpoint();
    };
    return this.#beside(() => this.#turns.take(work));
  }

  /** What has failed once would fail again, and so without end: it waits for the next start. */
  #hasFollowed(): boolean {
    const tasks = this.#following === undefined ? undefined : this.parts.changes.get(this.#following)?.tasks;
    return tasks !== undefined && changeStatus(tasks) !== 'Done';
  }

  /** It has come as far as it can. What was uploaded for a step that never came to run goes with it. */
  async #end(id: number): Promise<void> {
    const change = this.parts.changes.get(id);
    if (change?.readyTime === undefined) return;
    for (const path of uploadsOf(change)) await this.parts.world.disk.remove(path);
    await this.tidy();
  }

  /** Never rejects; what goes wrong is said. */
  async #beside(work: () => Promise<void>, what = ''): Promise<void> {
    this.#works += 1;
    try {
      await work();
    } catch (error) {
      this.parts.world.say(`${what}${error instanceof Error ? error.message : error}`);
    } finally {
      this.#works -= 1;
    }
  }

  /** The daemon is told to end: where a trial is being judged, the next boot must not take that for a crash. */
  async interrupt(): Promise<void> {
    this.#over.abort();
    await this.#leaveWord();
    await noteShutdown(this.parts);
    await this.#fitness?.stop();
    await inTime(stopMillis, this.parts.runner.stop());
  }

  async #leaveWord(): Promise<void> {
    const { env, facts, world } = this.parts;
    if (this.trialProgress === undefined) return;
    await leaveInterrupted({ env, bootId: facts.bootId, ran: facts.booted.ran }).catch((error: unknown) =>
      world.say(String(error)),
    );
  }

  /** Begins what goes on beside everything else, until interrupt(). */
  settleIn(): void {
    void markStages(this.parts, this.#over.signal);
    this.#keepFit();
    void this.#keepPruned();
  }

  /** Old changes are forgotten while the daemon runs, too, and snapshots whose time is over. What the medium refuses now is done the next time. */
  async #keepPruned(): Promise<void> {
    const { world, changes, saved, runner } = this.parts;
    const { clock, say } = world;
    const tolerant = (error: unknown) => say(String(error));
    while (!this.#over.signal.aborted) {
      await clock.sleep(pruneEveryMs, this.#over.signal).catch(() => {});
      if (this.#over.signal.aborted) return;
      await runner.prune().catch(tolerant);
      await forgetExpired(saved.world, changes.open()).catch(tolerant);
    }
  }

  /** From now on the sets that the device falls back to are read daily. */
  #keepFit(): Fitness {
    const { world, env, changes, trials, restart, fitnessLog: log } = this.parts;
    const { disk, layout, clock, say } = world;
    const isDisturbed = () =>
      this.judging ||
      restart.maintenance !== undefined ||
      changes.open().length > 0 ||
      trials.unsettled() !== undefined;
    this.#fitness ??= startFitness({ disk, layout, env, clock, log, isDisturbed, say });
    return this.#fitness;
  }

  /**
   * Reads them now, and mends what can be mended.
   * @throws DeviceError `conflict` where the device has better to do, also when that comes in between
   */
  async verify(): Promise<readonly Finding[]> {
    try {
      return (await this.#keepFit().check()).findings;
    } catch (error) {
      if (!(error instanceof Disturbed)) throw error;
      throw new DeviceError('conflict', 'cannot read the boot sets: a trial or a change is under way');
    }
  }

  /** What the environment says, as the boot script would read it. */
  async bootState() {
    return readBootState(await this.parts.env.read());
  }
}

/** @throws DeviceError `conflict` */
function assertNone([open]: readonly Change[]): void {
  if (open === undefined) return;
  const text = `cannot start a change: change ${open.id} (${open.summary}) is in progress`;
  throw new DeviceError('conflict', text, open.kind);
}
