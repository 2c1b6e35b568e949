/** What this device can promise, from what the boot script that ran announced about itself (`holdfast.script=`). */

export interface Guarantee {
  readonly name: string;
  readonly given: boolean;
  /** What holds because of it. */
  readonly meaning: string;
}

const meanings: readonly (readonly [ability: string, meaning: string])[] = [
  ['dual', 'a torn write of the boot environment leaves the other copy to boot from'],
  ['good', 'with both copies of the boot environment lost, the last-good record still boots'],
  ['prev', 'when the good set fails to load or mount, the set before it is booted'],
  ['gadget', 'a gadget is tried together with kernel and base'],
  ['attempts', 'a trial that was only interrupted may start again'],
  ['watchdog', 'the hardware watchdog is armed before the kernel starts'],
  ['mark', 'a good set that failed leaves a mark, so that it is not tried for ever'],
  ['reset', 'a power cut is told from a crash'],
];

/** Every guarantee there is, given or not, in a fixed order. */
export function guaranteesOf(abilities: ReadonlySet<string>): Guarantee[] {
  return meanings.map(([name, meaning]) => ({ name, given: abilities.has(name), meaning }));
}
