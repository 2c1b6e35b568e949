/**
 * What the operator of the lab's device has running: two services that use programs of the base. Enabled before any trial,
 * so they are part of what was well before it.
 */
import type { Device } from './device.ts';

/** A service of the operator's. */
export interface Service {
  readonly unit: string;
  /** The program of the base that it runs; nothing else that boots uses it. */
  readonly program: string;
  readonly lines: readonly string[];
}

/** Runs until it ends, and is not started again. */
export const STEADY: Service = {
  unit: 'sensor.service',
  program: '/usr/bin/tail',
  lines: ['ExecStart=/usr/bin/tail --follow /dev/null'],
};

/** Is started again whenever it ends, however often that is. */
export const LOOPING: Service = {
  unit: 'relay.service',
  program: '/usr/bin/ionice',
  lines: ['ExecStart=/usr/bin/ionice -c 3 /usr/bin/sleep infinity', 'Restart=always', 'RestartSec=1'],
};

export const SERVICES: readonly Service[] = [STEADY, LOOPING];

/** Enables and starts them, as the operator would. */
export async function enableServices(device: Device): Promise<void> {
  for (const { unit, lines } of SERVICES) {
    const text = [
      '[Unit]',
      'StartLimitIntervalSec=0',
      '[Service]',
      ...lines,
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ].join('\\n');
    await device.run(`printf '${text}' > /etc/systemd/system/${unit}`);
  }
  await device.run(`systemctl --quiet enable --now ${SERVICES.map(({ unit }) => unit).join(' ')}`);
}
