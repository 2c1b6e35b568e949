import { boundOf, type Draft, type End } from '../bind/draft.ts';
import type { Side } from '../bind/end.ts';
import { isPlugName, isSlotName } from '../names.ts';
import { quote } from '../quote.ts';
import { Refusal } from './attributes.ts';
import { PLUG_CHECKS, SLOT_CHECKS } from './checks.ts';
import { isInterface } from './names.ts';

/** Takes out of a snap all plugs and slots that their interfaces refuse; says why, by name. */
export function sanitize(draft: Draft): ReadonlyMap<string, string> {
  const bad = new Map<string, string>();
  const badOf = (side: Side, ends: ReadonlyMap<string, End>): string[] =>
    [...ends.values()].flatMap((end) => {
      const reason = refusal(side, end, draft);
      if (reason !== undefined) bad.set(end.name, reason);
      return reason === undefined ? [] : [end.name];
    });
  const badPlugs = badOf('plug', draft.plugs);
  const badSlots = badOf('slot', draft.slots);
  for (const name of badPlugs) {
    draft.plugs.delete(name);
    for (const { plugs } of boundOf(draft)) plugs.delete(name);
  }
  for (const name of badSlots) {
    draft.slots.delete(name);
    for (const { slots } of boundOf(draft)) slots.delete(name);
    for (const { activatesOn } of draft.apps.values()) {
      const kept = activatesOn.filter((slot) => slot !== name);
      activatesOn.splice(0, activatesOn.length, ...kept);
    }
  }
  return bad;
}

function refusal(side: Side, end: End, draft: Draft): string | undefined {
  if (!isInterface(end.interface)) return `unknown interface ${quote(end.interface)}`;
  const hasGoodName = side === 'plug' ? isPlugName(end.name) : isSlotName(end.name);
  if (!hasGoodName) return `invalid ${side} name: ${quote(end.name)}`;
  try {
    const checks = side === 'plug' ? PLUG_CHECKS : SLOT_CHECKS;
    checks.get(end.interface)?.(end, draft);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
