/** Why the device refuses. */
export type DeviceErrorCode =
  /** Another change, or a trial, is under way: trying again later can help. */
  | 'conflict'
  /** snapd runs on this device: there is one owner at a time. */
  | 'snapd-runs';

export class DeviceError extends Error {
  readonly code: DeviceErrorCode;
  /** For `conflict`: the kind of the change in the way. */
  readonly changeKind: string | undefined;

  constructor(code: DeviceErrorCode, message: string, changeKind?: string) {
    super(message);
    this.name = 'DeviceError';
    this.code = code;
    this.changeKind = changeKind;
  }
}
