export { architectureOf, checkArchitecture, supportsArchitecture } from './architecture.ts';
export { canRead, type Epoch, formatEpoch, parseEpoch } from './epoch.ts';
export { SnapError, type SnapErrorCode } from './error.ts';
export {
  type Confinement,
  type Grade,
  MAX_SNAP_YAML_BYTES,
  parseSnapInfo,
  readSnapInfo,
  type SnapInfo,
  type SnapType,
} from './info.ts';
export { type KernelAsset, readKernelAssets } from './kernel.ts';
export { checkInstanceName, checkSnapName, isSnapName, splitInstanceName } from './names.ts';
export { openSnapFile, type SnapFile } from './open.ts';
export { checkVersion } from './version.ts';
export type { Plain } from './yaml.ts';
