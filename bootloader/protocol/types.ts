/**
 * The words of the env boot protocol (UC16/18 variables with Holdfast's extensions; `design.md`, "Boot set and trial").
 * Everything here is plain data: reading and writing is somebody else's work.
 */

/** The three things that boot together. `base` is what snapd's variables call `core`. */
export type Slot = 'kernel' | 'base' | 'gadget';

export const SLOTS: readonly Slot[] = ['kernel', 'base', 'gadget'];

/** Snap file names (`<name>_<revision>.snap`) by slot; an absent slot is unset. */
export type SlotNames = Readonly<Partial<Record<Slot, string>>>;

/** The raw places that the protocol owns, each 4096 bytes: two copies, the last-good record, the fallback mark. */
export type Place = 'env-a' | 'env-b' | 'good' | 'mark';

export const PLACES: readonly Place[] = ['env-a', 'env-b', 'good', 'mark'];

/** Bytes of one place, also the size of the environment images in it. */
export const PLACE_BYTES = 4096;

/** What the places hold; `undefined` where the medium could not be read. */
export type Medium = Readonly<Record<Place, Uint8Array | undefined>>;

/** One durable write. The next one of a plan may start only after this one was read back from the medium. */
export interface BootWrite {
  readonly place: Place;
  readonly bytes: Uint8Array;
  /** For logs and test names: what the device gains from this write. */
  readonly why: string;
}

/** What an operation has to do: nothing when `writes` is empty. */
export interface BootPlan {
  readonly writes: readonly BootWrite[];
  /** The operation takes effect at the next boot. */
  readonly reboot: boolean;
}

/** All variables of one environment image; an absent name is unset, as is an empty value. */
export type Vars = Readonly<Record<string, string>>;
