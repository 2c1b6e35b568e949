/**
 * Commits row after row until it is killed, saying each number once it is committed: the child of the database's tests.
 * The second argument says how: `transaction` or `commit`.
 */
import { writeSync } from 'node:fs';
import { openDatabase, type Writer } from './database.ts';

const [, , path = '', way = 'transaction'] = process.argv;
const database = await openDatabase(path);
database.migrate([{ version: 1, statements: ['CREATE TABLE counts (n INTEGER PRIMARY KEY, twice INTEGER NOT NULL)'] }]);
for (let n = 1; n <= 1_000_000; n++) {
  const count = (sql: Writer) => sql.run('INSERT INTO counts VALUES (?, ?)', n, 2 * n);
  if (way === 'commit') await database.commit('count', count);
  else database.transaction('count', count);
  writeSync(1, `${n}\n`);
}
