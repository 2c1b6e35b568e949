/** Lines count from 0. */
interface At {
  readonly line: number;
}

export interface ScalarNode extends At {
  readonly kind: 'scalar';
  readonly value: string;
  /** In full, as `tag:yaml.org,2002:str`; "" where none is written. */
  readonly tag: string;
  /** Its form decides what it is: without quotes. */
  readonly implicit: boolean;
}

export interface SequenceNode extends At {
  readonly kind: 'sequence';
  readonly items: readonly Node[];
}

export interface MappingNode extends At {
  readonly kind: 'mapping';
  readonly entries: readonly (readonly [key: Node, value: Node])[];
}

export interface AliasNode extends At {
  readonly kind: 'alias';
  readonly name: string;
  readonly target: Node;
}

export type Node = ScalarNode | SequenceNode | MappingNode | AliasNode;
