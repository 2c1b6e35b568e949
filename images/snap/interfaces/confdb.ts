import type { End } from '../bind/draft.ts';
import { refuse, textOf } from './attributes.ts';

const ACCOUNT = /^(?:[a-z0-9A-Z]{32}|[-a-z0-9]{2,28})$/;
const NAME = '^[a-z](?:-?[a-z0-9])*$';

/** Configuration that snaps share: whose it is, and the view of it. */
export function checkConfdbPlug(end: End): void {
  const account = textOf(end, 'account') ?? '';
  if (account === '') refuse('confdb plug must have an "account" attribute');
  if (!ACCOUNT.test(account)) refuse('confdb plug must have a valid "account" attribute: format mismatch');
  const view = textOf(end, 'view') ?? '';
  if (view === '') refuse('confdb plug must have a "view" attribute');
  const problem = viewProblem(view);
  if (problem !== undefined) refuse(`confdb plug must have a valid "view" attribute: ${problem}`);
  const role = textOf(end, 'role');
  if (role !== undefined && role !== 'custodian') {
    refuse('optional confdb plug "role" attribute must be "custodian"');
  }
}

function viewProblem(view: string): string | undefined {
  const [confdb = '', name = '', ...more] = view.split('/');
  if (more.length > 0 || !view.includes('/')) {
    return `expected confdb and view names separated by a single '/': ${view}`;
  }
  const pattern = new RegExp(NAME);
  if (!pattern.test(confdb)) return `invalid confdb name: ${confdb} does not match '${NAME}'`;
  return pattern.test(name) ? undefined : `invalid view name: ${name} does not match '${NAME}'`;
}
