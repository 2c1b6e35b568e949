/** Commits row after row until it is killed, saying each number once it is committed: the child of database.test.ts. */
import { writeSync } from 'node:fs';
import { openDatabase } from './database.ts';

const database = await openDatabase(process.argv[2] ?? '');
database.migrate([{ version: 1, statements: ['CREATE TABLE counts (n INTEGER PRIMARY KEY, twice INTEGER NOT NULL)'] }]);
for (let n = 1; n <= 1_000_000; n++) {
  database.transaction('count', (sql) => sql.run('INSERT INTO counts VALUES (?, ?)', n, 2 * n));
  writeSync(1, `${n}\n`);
}
