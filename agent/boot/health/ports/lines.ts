/** Text of others as bounded lines that are safe to show. */

const maxChars = 240;

/** The last lines of a text, without control characters; empty ones are left out. */
export function clean(text: string, maxLines: number): string[] {
  return (
    text
      .split('\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
      .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim())
      .filter((line) => line !== '')
      .slice(-maxLines)
      .map((line) => (line.length > maxChars ? `${line.slice(0, maxChars)}...` : line))
  );
}
