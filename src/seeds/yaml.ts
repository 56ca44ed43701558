/** Entries of YAML, and of JSON that is not in lines. */
import { isAlias, isSeq, LineCounter, parseAllDocuments, type Node } from 'yaml'
import { InvalidInput } from '../admin/invalid-input.ts'
import { entryFromJson } from './entry.ts'
import { located, type Located } from './lines.ts'

/** A list of entries, or one entry, in each document. Throws InvalidInput, with the line. */
export function entriesOfYaml(name: string, text: string): Located[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  if (!Array.isArray(documents)) return []
  return documents.flatMap(document => {
    const [problem] = document.errors
    const lineOf = (offset = 0): string => `${name}:${lines.linePos(offset).line}`
    if (problem !== undefined) {
      throw new InvalidInput(`${lineOf(problem.pos[0])}: not YAML: ${problem.message}`)
    }
    const { contents } = document
    if (contents === null) return []
    const nodes = isSeq(contents) ? (contents.items as Node[]) : [contents as Node]
    return nodes.map(node => {
      const where = lineOf(isAlias(node) ? 0 : node.range?.[0])
      return { where, entry: located(where, () => entryFromJson(node.toJS(document))) }
    })
  })
}
