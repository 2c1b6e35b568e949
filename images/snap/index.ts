export { architectureOf, checkArchitecture, supportsArchitecture } from './architecture.ts';
export { canRead, type Epoch, formatEpoch, parseEpoch } from './epoch.ts';
export { SnapError, type SnapErrorCode } from './error.ts';
export { isHookSupported } from './hook-names.ts';
export { parseSnapInfo, readSnapInfo } from './info.ts';
export { type KernelAsset, readKernelAssets } from './kernel.ts';
export {
  type App,
  type Attribute,
  type Attributes,
  type Component,
  type Confinement,
  type DaemonScope,
  type Duration,
  type Grade,
  type Hook,
  isService,
  type Layout,
  type Plug,
  type Slot,
  type SnapInfo,
  type SnapType,
  type Socket,
  type SystemUsername,
  type Variable,
} from './model.ts';
export { checkInstanceName, checkSnapName, isAlias, isSnapName, splitInstanceName } from './names.ts';
export { openSnapFile, type SnapFile } from './open.ts';
export { MAX_SNAP_YAML_BYTES, readSnapYaml } from './read.ts';
export { sortServices } from './services.ts';
export { validateSnap } from './validate/validate.ts';
export { checkVersion } from './version.ts';
