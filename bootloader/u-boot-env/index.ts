/** U-Boot environment images: bytes in, bytes out. See the README for examples. */
export { EnvError, type EnvErrorCode } from './errors.ts';
export { type FlagScheme, isNewerFlag } from './flags.ts';
export { createEnv, type EnvImage, type Padding, type ParseOptions, parseEnv, serializeEnv } from './image.ts';
export {
  type Copy,
  createRedundant,
  type EnvWrite,
  type ParseRedundantOptions,
  parseRedundant,
  REDUNDANT_SIZE,
  type RedundantEnv,
  type RedundantUpdate,
  type RedundantUpdateOptions,
  updateRedundant,
} from './redundant.ts';
export { type ByteOrder, detectShape, type Flavour, MAX_SIZE, MIN_SIZE, type Shape } from './shape.ts';
export { importText } from './text.ts';
export { type Changes, type EnvUpdate, getVar, sameVars, updateEnv, withVars } from './vars.ts';
