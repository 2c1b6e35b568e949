/** U-Boot environment images: bytes in, bytes out. See the README for examples. */
export { EnvError, type EnvErrorCode } from './errors.ts';
export {
  createEnv,
  detectFlavour,
  type EnvImage,
  type Flavour,
  MAX_SIZE,
  MIN_SIZE,
  type Padding,
  type ParseOptions,
  parseEnv,
  serializeEnv,
} from './image.ts';
export {
  type Copy,
  createRedundant,
  isNewerFlag,
  parseRedundant,
  REDUNDANT_SIZE,
  type RedundantEnv,
  type RedundantUpdate,
  type RedundantUpdateOptions,
  updateRedundant,
} from './redundant.ts';
export { importText } from './text.ts';
export { type Changes, type EnvUpdate, getVar, sameVars, updateEnv, withVars } from './vars.ts';
