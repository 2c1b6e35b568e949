import { type Epoch, parseEpoch } from '../epoch.ts';
import { SnapError } from '../error.ts';
import type { Type } from '../yaml/decode.ts';
import { list, struct, text } from '../yaml/types.ts';

const texts = list(text);

const numbers: Type<readonly string[] | undefined> = {
  name: texts.name,
  zero: () => undefined,
  read(node, decoder) {
    const { value, misfits } = decoder.attempt(node, texts);
    if (misfits.length === 0) return value;
    throw new SnapError('bad-epoch', 'epoch read/write attributes must be lists of epoch numbers');
  },
};

const lists = struct('snap.structuredEpoch', { read: numbers, write: numbers });

export const epoch: Type<Epoch> = {
  name: 'snap.Epoch',
  zero: () => parseEpoch(undefined),
  ofNullWord: () => parseEpoch(''),
  read(node, decoder) {
    const { value, misfits } = decoder.attempt(node, text);
    if (value !== undefined && misfits.length === 0) return parseEpoch(value);
    const given = lists.read(node, decoder);
    return given === undefined ? undefined : parseEpoch(given);
  },
};
