/** What clients of other languages print: an operation, a tab, the broker's answer to it. */
export function readAnswers(text: string): ReadonlyMap<string, string> {
  const lines = text.trimEnd().split('\n')
  return new Map(lines.map(line => line.split('\t') as [string, string]))
}
