export { LaunchError, type LaunchErrorCode } from './error.ts';
export { isLaunchFileOf, type LaunchOptions, launchFileOf, launchFolder, launchText } from './file.ts';
export { environmentAfter, ownSettings, saveFolderOf, snapSettings } from './settings.ts';
