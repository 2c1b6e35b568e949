/** What a route is, and what it is given. */
import type { IncomingMessage } from 'node:http';
import type { Device } from '../device/device.ts';
import type { BootDesk } from './boot-desk.ts';
import type { Answer } from './envelope.ts';
import type { SnapDesk } from './snap-desk.ts';

export interface Context {
  readonly device: Device;
  readonly boots: BootDesk;
  readonly snaps: SnapDesk;
  readonly version: string;
}

export interface Request {
  readonly message: IncomingMessage;
  readonly query: URLSearchParams;
  /** What stands for `*` in the route's path. */
  readonly name: string;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** A `*` stands for one segment. */
  readonly path: string;
  /** `root`: uid 0 by the kernel's word; `open`: anybody on this machine. */
  readonly access: 'open' | 'root';
  answer(context: Context, request: Request): Promise<Answer>;
}
