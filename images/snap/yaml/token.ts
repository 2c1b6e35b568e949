interface Plain {
  readonly kind:
    | 'stream-end'
    | 'document-start'
    | 'document-end'
    | 'block-sequence-start'
    | 'block-mapping-start'
    | 'block-end'
    | 'flow-sequence-start'
    | 'flow-sequence-end'
    | 'flow-mapping-start'
    | 'flow-mapping-end'
    | 'block-entry'
    | 'flow-entry'
    | 'key'
    | 'value';
}

interface Named {
  readonly kind: 'alias' | 'anchor';
  readonly name: string;
}

interface Tag {
  readonly kind: 'tag';
  readonly handle: string;
  readonly suffix: string;
}

interface Scalar {
  readonly kind: 'scalar';
  readonly value: string;
  /** Without quotes, and not a block. */
  readonly plain: boolean;
}

interface VersionDirective {
  readonly kind: 'version-directive';
  readonly version: string;
}

interface TagDirective {
  readonly kind: 'tag-directive';
  readonly handle: string;
  readonly prefix: string;
}

export type TokenBody = Plain | Named | Tag | Scalar | VersionDirective | TagDirective;

/** A piece of YAML with the line it begins at, from 0. */
export type Token = TokenBody & { readonly line: number };
