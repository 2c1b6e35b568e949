/** Lists and walks the root of the image that is named, looks for what is not there, and prints the MiB that each took. */
import { fileSource, SquashfsImage } from '../index.ts';
import { peakOf } from './fuzz/peak.ts';

await using image = await SquashfsImage.open(await fileSource(process.argv[2] ?? ''));
const search = await peakOf(async () => {
  await image.stat('zzz').catch(() => {});
});
const walk = await peakOf(async () => {
  for await (const _ of image.walk());
});
let entries = 0;
const list = await peakOf(async () => {
  entries = (await image.list('')).length;
});
console.log(JSON.stringify({ entries, list, walk, search }));
