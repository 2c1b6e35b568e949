/** The database's schema, put together from the parts that own the tables. Migrations only ever add (`database-schema.ts`). */
import { backOffTables } from '../boot/back-off.ts';
import { trialBaselineColumn, trialTables } from '../boot/trial-log.ts';
import { changesTables, graphColumns } from '../engine/rows.ts';
import { fitnessTables } from '../snaps/fitness/log.ts';
import { inventoryTables } from '../snaps/inventory.ts';
import { holdTables } from '../snaps/record/hold-store.ts';
import { recordTables } from '../snaps/record/store.ts';
import { setTables } from '../snaps/saved/set-store.ts';
import type { Migration } from '../system/database-schema.ts';
import { configTables } from './config-store.ts';

export const migrations: readonly Migration[] = [
  { version: 1, statements: [...changesTables, ...trialTables, ...inventoryTables] },
  { version: 2, statements: trialBaselineColumn },
  { version: 3, statements: configTables },
  { version: 4, statements: backOffTables },
  { version: 5, statements: fitnessTables },
  { version: 6, statements: [...recordTables, ...holdTables] },
  { version: 7, statements: graphColumns },
  { version: 8, statements: setTables },
];
