import { SnapError } from './error.ts';

/** Node's names of processors (`process.arch`) and Debian's, which snaps use. Debian has no big-endian ppc64. */
const DEBIAN_NAMES: Readonly<Record<string, string>> = {
  arm: 'armhf',
  arm64: 'arm64',
  ia32: 'i386',
  loong64: 'loong64',
  ppc64: 'ppc64el',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'amd64',
};

/** What a snap must name to run here, by `process.arch`; undefined for a processor that no snap is made for. */
export function architectureOf(processArch: string): string | undefined {
  return Object.hasOwn(DEBIAN_NAMES, processArch) ? DEBIAN_NAMES[processArch] : undefined;
}

interface Supporting {
  readonly name: string;
  readonly architectures: readonly string[];
}

/** Whether the snap is for that architecture (Debian's name) or for all. */
export function supportsArchitecture(
  { architectures }: Pick<Supporting, 'architectures'>,
  architecture: string,
): boolean {
  return architectures.includes('all') || architectures.includes(architecture);
}

/** Throws `wrong-architecture` with snapd's message where the snap is for other architectures only. */
export function checkArchitecture(info: Supporting, architecture: string): void {
  if (supportsArchitecture(info, architecture)) return;
  throw new SnapError(
    'wrong-architecture',
    `snap ${JSON.stringify(info.name)} supported architectures (${info.architectures.join(', ')}) are incompatible with this system (${architecture})`,
  );
}
