/** What can be wrong with a gadget description; closed, so that callers can switch over it. */
export type GadgetErrorCode =
  | 'too-big'
  | 'bad-yaml'
  | 'bad-shape'
  | 'bad-name'
  | 'bad-size'
  | 'bad-value'
  | 'missing'
  | 'duplicate'
  | 'conflict'
  | 'overlap'
  | 'too-small'
  | 'not-supported';

/** A gadget.yaml that cannot be used: `path` names the offending part, as `volumes.pc.structure[2].size`. */
export class GadgetError extends Error {
  override readonly name = 'GadgetError';
  readonly code: GadgetErrorCode;
  readonly path: string;

  constructor(code: GadgetErrorCode, path: string, problem: string) {
    super(`cannot use gadget.yaml: ${path === '' ? '' : `${path}: `}${problem}`);
    this.code = code;
    this.path = path;
  }
}
