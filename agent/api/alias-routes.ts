/** `/v2/aliases`: the aliases of all snaps, and what is to become of them (`rest-api.md` §4.1). Texts are snapd's. */
import type { AliasRequest } from '../snaps/plan/aliases.ts';
import { aliasObjects } from './alias-objects.ts';
import { begun } from './begun.ts';
import { Refusal } from './failure.ts';
import { fieldsOf } from './fields.ts';
import { type JsonObject, readJsonObject } from './json-body.ts';
import type { Route } from './route.ts';

const what = 'an alias action';

export const aliasRoutes: readonly Route[] = [
  {
    ...{ method: 'GET', path: '/v2/aliases', access: 'open' },
    answer: async ({ snaps }) => ({ type: 'sync', result: aliasObjects(snaps.records()) }),
  },
  {
    ...{ method: 'POST', path: '/v2/aliases', access: 'root' },
    answer: async (context, { message, query }) =>
      begun(context, query, aliasRequestIn(await readJsonObject(message, what))),
  },
];

/** @throws Refusal 400 */
function aliasRequestIn(body: JsonObject): AliasRequest {
  const fields = fieldsOf(body, what);
  if (fields.texts('aliases').length > 0) {
    const text = 'cannot interpret request, snaps can no longer be expected to declare their aliases';
    throw new Refusal(400, text);
  }
  const action = fields.text('action');
  const name = fields.text('snap');
  const alias = fields.text('alias');
  switch (action) {
    case 'alias':
      return { action, name, app: fields.text('app'), alias };
    case 'unalias':
      return { action, name, alias };
    case 'prefer':
      return { action, name };
    default:
      throw new Refusal(400, `unsupported alias action: ${JSON.stringify(action)}`);
  }
}
