import { SnapError } from '../error.ts';
import type { Hook, SnapInfo } from '../model.ts';
import { checkSnapName, isAlias, isHookName, isInterfaceName, isPlugName } from '../names.ts';
import { quote } from '../quote.ts';
import { sortServices } from '../services.ts';
import { checkVersion } from '../version.ts';
import { appProblem, chainProblem } from './app.ts';
import { checkBase, checkLength, checkProvenance, checkSystemUsernames } from './fields.ts';
import { checkLayouts } from './layout.ts';
import { checkLicense } from './license.ts';
import { checkLinks } from './links.ts';

/**
 * Checks all that a snap says of itself, in snapd's order: the error is that of the first thing that is wrong. Where snapd
 * goes through names in any order, here the first in the file decides. `revision` is put in messages about paths. Throws a
 * SnapError.
 */
export function validateSnap(snap: SnapInfo, revision = 'unset'): void {
  if (snap.name === '') throw new SnapError('bad-name', 'snap name cannot be empty');
  checkProvenance(snap.provenance);
  checkSnapName(snap.name);
  checkComponents(snap);
  checkLength('title', snap.title);
  checkLength('description', snap.description);
  checkVersion(snap.version);
  if (snap.license !== '') checkLicense(snap.license);
  checkApps(snap);
  checkAliases(snap);
  checkHooks(snap);
  checkEnds(snap);
  checkBase(snap);
  checkSystemUsernames(snap.systemUsernames.keys());
  checkLinks(snap.links);
  checkCommonIds(snap);
  checkLayouts(snap, revision);
}

function checkComponents({ components }: SnapInfo): void {
  for (const { name, summary, description, hooks } of components.values()) {
    checkSnapName(name);
    checkLength('summary', summary);
    checkLength('description', description);
    for (const hook of hooks.values()) checkHook(hook);
  }
}

function checkApps(snap: SnapInfo): void {
  for (const app of snap.apps.values()) {
    const problem = appProblem(app, snap);
    if (problem !== undefined) {
      throw new SnapError('bad-app', `invalid definition of application ${quote(app.name)}: ${problem}`);
    }
  }
  sortServices(snap);
}

function checkAliases({ legacyAliases }: SnapInfo): void {
  for (const [alias, app] of legacyAliases) {
    if (isAlias(alias)) continue;
    throw new SnapError(
      'bad-alias',
      `cannot have ${quote(alias)} as alias name for app ${quote(app)} - use only letters, digits, dash, underscore and dot characters`,
    );
  }
}

function checkHooks({ hooks }: SnapInfo): void {
  for (const hook of hooks.values()) checkHook(hook);
  if (hooks.has('default-configure') && !hooks.has('configure')) {
    throw new SnapError('bad-hook', 'cannot specify "default-configure" hook without "configure" hook');
  }
}

function checkHook({ name, commandChain }: Hook): void {
  const problem = isHookName(name) ? chainProblem(commandChain) : `invalid hook name: ${quote(name)}`;
  if (problem !== undefined) throw new SnapError('bad-hook', problem);
}

function checkEnds({ plugs, slots }: SnapInfo): void {
  for (const [side, code, ends] of [
    ['plug', 'bad-plug', plugs],
    ['slot', 'bad-slot', slots],
  ] as const) {
    for (const [name, end] of ends) {
      if (!isPlugName(name)) throw new SnapError(code, `invalid ${side} name: ${quote(name)}`);
      if (!isInterfaceName(end.interface)) {
        throw new SnapError(code, `invalid interface name ${quote(end.interface)} for ${side} ${quote(name)}`);
      }
    }
  }
  for (const name of plugs.keys()) {
    if (slots.has(name)) {
      throw new SnapError('bad-slot', `cannot have plug and slot with the same name: ${quote(name)}`);
    }
  }
}

function checkCommonIds({ apps }: SnapInfo): void {
  const seen = new Map<string, string>();
  for (const { name, commonId } of apps.values()) {
    if (commonId === '') continue;
    const other = seen.get(commonId);
    if (other !== undefined) {
      throw new SnapError(
        'bad-app',
        `application ${quote(name)} common-id ${quote(commonId)} must be unique, already used by application ${quote(other)}`,
      );
    }
    seen.set(commonId, name);
  }
}
