import { SnapError } from '../error.ts';
import type { Of, Type } from '../yaml/decode.ts';
import { any, list, map, struct, text } from '../yaml/types.ts';
import { app } from './app.ts';
import { environment } from './environment.ts';
import { epoch } from './epoch.ts';
import { componentType, confinement, snapType } from './words.ts';

const texts = list(text);

export const hook = struct('snap.hookYaml', {
  plugs: texts,
  slots: texts,
  environment,
  'command-chain': texts,
});

const component = struct('snap.componentYaml', {
  type: componentType,
  summary: text,
  description: text,
  hooks: map(hook),
});

const layout = struct('snap.layoutYaml', {
  bind: text,
  'bind-file': text,
  type: text,
  user: text,
  group: text,
  mode: text,
  symlink: text,
});

/** A key that people write by mistake. */
const plural: Type<undefined> = {
  name: 'snap.typoDetector',
  zero: () => undefined,
  read() {
    throw new SnapError('bad-layout', 'typo detected: use singular "layout" instead of plural "layouts"');
  },
};

/** snap.yaml as it is written, each value of the right form and nothing else known about it. */
export const document = struct('snap.snapYaml', {
  name: text,
  version: text,
  type: snapType,
  architectures: texts,
  assumes: texts,
  title: text,
  description: text,
  summary: text,
  provenance: text,
  license: text,
  epoch,
  base: text,
  confinement,
  grade: text,
  environment,
  plugs: map(any),
  slots: map(any),
  apps: map(app),
  hooks: map(hook),
  layout: map(layout),
  'system-usernames': map(any),
  links: map(texts),
  components: map(component),
  layouts: plural,
});

export type SnapDocument = Of<typeof document>;
export type HookYaml = Of<typeof hook>;
export type LayoutYaml = Of<typeof layout>;
