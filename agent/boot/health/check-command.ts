/** Runs a command that a snap ships: exit status 0 passes. Status and output are the evidence. */
import type { Check, CommandLimits, HealthCommand } from './model.ts';
import type { CheckWorld, CommandEnd } from './ports.ts';

export function commandCheck(
  { ports }: Pick<CheckWorld, 'ports'>,
  command: HealthCommand,
  limits: CommandLimits,
): Check {
  const name = command.id.slice('command:'.length);
  return {
    id: command.id,
    kind: 'command',
    async run(signal) {
      const end = await ports.runCommand(command, limits, signal);
      const wrong = whatIsWrong(end, limits);
      if (wrong === undefined) return { state: 'pass', evidence: [`${name} exited with status 0`, ...end.output] };
      const reason = `${name} ${wrong}`;
      return {
        state: 'fail',
        reason,
        evidence: end.output.length === 0 ? ['it printed nothing'] : end.output,
        final: false,
      };
    },
  };
}

function whatIsWrong({ how, status }: CommandEnd, limits: CommandLimits): string | undefined {
  switch (how) {
    case 'exit':
      return status === 0 ? undefined : `exited with status ${status}`;
    case 'signal':
      return `was ended by ${status}`;
    case 'time':
      return `ran longer than ${limits.seconds} s and was killed`;
    case 'output':
      return `printed more than ${limits.outputBytes} bytes and was killed`;
    case 'not-started':
      return `could not be started: ${status}`;
  }
}
