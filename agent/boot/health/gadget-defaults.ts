/** What a gadget snap sets for the system: `defaults: system:` of its gadget.yaml. */
import type { GadgetConf } from '../../../gadget/defaults.ts';

const description = 'meta/gadget.yaml';

/**
 * The system's defaults in the gadget.yaml of a snap file; undefined where there are none, or no gadget.yaml.
 * @throws SquashfsError, GadgetError
 */
export async function readGadgetDefaults(file: string): Promise<GadgetConf | undefined> {
  // The agent needs these only in a trial.
  const [{ fileSource, SquashfsImage }, { parseDefaults }, { MAX_GADGET_YAML_BYTES }] = await Promise.all([
    import('squashfs-ts'),
    import('../../../gadget/defaults.ts'),
    import('../../../gadget/document.ts'),
  ]);
  await using image = await SquashfsImage.open(await fileSource(file));
  try {
    const bytes = await image.readFile(description, { maxBytes: MAX_GADGET_YAML_BYTES });
    return parseDefaults(new TextDecoder().decode(bytes), 'system');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'not-found') return undefined;
    throw error;
  }
}
