import type { End } from '../bind/draft.ts';
import { quote } from '../quote.ts';
import { refuse, textsIn } from './attributes.ts';

const FILE_ID = /^([A-Za-z_-][\w-]*)(\.[A-Za-z_-][\w-]*)*$/;

export function checkDesktopPlug(end: End): void {
  const fonts = end.attrs.get('mount-host-font-cache');
  if (fonts !== undefined && typeof fonts !== 'boolean') {
    refuse("desktop plug requires bool with 'mount-host-font-cache'");
  }
  const ids = end.attrs.get('desktop-file-ids');
  if (ids === undefined) return;
  const texts = textsIn(ids);
  if (texts === undefined) refuse('cannot add desktop plug: "desktop-file-ids" must be a list of strings');
  const bad = texts.find((id) => !FILE_ID.test(id));
  if (bad !== undefined) refuse(`desktop-file-ids entry ${quote(bad)} is not a valid D-Bus well-known name`);
}
