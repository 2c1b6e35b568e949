/**
 * Cuts the power after every call that the agent makes, and lets every call fail:
 * `node test/crash/main.ts [--full | --all] [--report FILE] [SCENARIO ...]`. The full bound writes build/prove/crash.json; all of it takes
 * far longer. Exit 1 where anything does not hold.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { REPOSITORY } from '../../agent/system/native/build.ts';
import { loadRecorder, type Recorder, runRecorded } from './recorder.ts';
import { Stage } from './stage.ts';
import { complaintsOf, proofRowsOf, type Report, runSuite } from './suite.ts';

async function main(recorder: Recorder): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      report: { type: 'string' },
    },
    allowPositionals: true,
  });
  // What the agent starts must not be recorded, and a mode that only the umask gave would look like one that was set.
  delete process.env['LD_PRELOAD'];
  process.umask(0o077);
  const stage = await Stage.open(recorder);
  const report = await runSuite(stage, values.all ? 'all' : values.full ? 'full' : 'short', positionals, console.log);
  for (const { name, caught, reason = 'NOT CAUGHT', example } of report.mutations) {
    console.log(`no ${name}: ${caught.length > 0 ? `caught by ${caught.join(', ')} (${example})` : reason}`);
  }
  const complaints = complaintsOf(report);
  console.log(`${complaints.length} complaints`);
  if (values.full) for (const row of proofRowsOf(report)) console.log(JSON.stringify(row));
  const file = values.report ?? (values.full ? join(REPOSITORY, 'build/prove/crash.json') : undefined);
  if (file !== undefined) writeReport(file, report);
  return complaints.length === 0 ? 0 : 1;
}

function writeReport(file: string, report: Report): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

const recorder = loadRecorder();
if (recorder === undefined) {
  const { code } = await runRecorded(import.meta.filename, process.argv.slice(2));
  process.exitCode = code ?? 1;
} else {
  // Machines that were cut off sleep for ever.
  process.exit(await main(recorder));
}
