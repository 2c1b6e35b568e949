/** Why a text is no YAML, or not the YAML that was expected; the message is that of the Go library that snapd uses. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

/** @param line as that library counts it; 0 where it names none */
export function yamlError(problem: string, line = 0): YamlError {
  return new YamlError(line === 0 ? `yaml: ${problem}` : `yaml: line ${line}: ${problem}`);
}
