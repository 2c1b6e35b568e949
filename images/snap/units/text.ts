/** The text of a unit: sections with their lines, those without a value left out. */
type Line = readonly [directive: string, value: string | number | undefined];

export interface Section {
  readonly name: string;
  readonly lines: readonly Line[];
}

const HEAD = '# Auto-generated, DO NOT EDIT';

export function unitText(sections: readonly Section[]): string {
  const texts = sections.map(({ name, lines }, i) => {
    const given = lines.filter(([, value]) => value !== undefined && value !== '');
    return [`[${name}]`, ...(i === 0 ? [HEAD] : []), ...given.map((line) => line.join('='))].join('\n');
  });
  return `${texts.join('\n\n')}\n`;
}
