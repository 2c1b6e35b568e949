/** What `holdfast status --json` says, as far as tests look at it. */

export interface OutcomeSeen {
  readonly what: string;
  readonly set: Readonly<Record<string, string>>;
  readonly cause: string | undefined;
  readonly message: string;
  /** Of its end, and of the moment at which it was armed; by the device's clock. */
  readonly time: string;
  readonly stagedTime: string;
}

export class Status {
  readonly #root: Readonly<Record<string, unknown>>;

  private constructor(root: Readonly<Record<string, unknown>>) {
    this.#root = root;
  }

  static parse(json: string): Status {
    return new Status(objectOf(JSON.parse(json)));
  }

  /** File names by slot. */
  get good(): Readonly<Record<string, string>> {
    return namesOf(objectOf(this.#root['boot'])['good']);
  }

  get running(): Readonly<Record<string, string>> {
    return namesOf(objectOf(this.#root['boot'])['running']);
  }

  get rule(): string {
    return String(objectOf(this.#root['boot'])['rule']);
  }

  get hasTrial(): boolean {
    return Object.keys(objectOf(this.#root['trial'])).length > 0;
  }

  /** Names of the snaps whose revision is not tried again by itself. */
  get heldBack(): readonly string[] {
    const list = this.#root['held-back'];
    return Array.isArray(list) ? list.map((held) => String(objectOf(held)['name'])) : [];
  }

  /** Newest first. */
  get outcomes(): readonly OutcomeSeen[] {
    const list = this.#root['outcomes'];
    if (!Array.isArray(list)) return [];
    return list.map(objectOf).map((outcome) => {
      const cause = objectOf(outcome['cause']);
      return {
        what: String(outcome['what']),
        set: namesOf(outcome['set']),
        cause: typeof cause['code'] === 'string' ? cause['code'] : undefined,
        message: String(cause['message'] ?? ''),
        time: String(outcome['time'] ?? ''),
        stagedTime: String(outcome['staged-time'] ?? ''),
      };
    });
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function namesOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([slot, name]) => [slot, String(name)]));
}
