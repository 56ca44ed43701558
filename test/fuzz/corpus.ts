/** Cases that get somewhere, to start from: a line for each, its kind and its bytes. */
import { readFileSync, writeFileSync } from 'node:fs'

const maxCaseBytes = 2048

const file = new URL('corpus.txt', import.meta.url)

/** By what they are for: the name of a decoder, or 'request'. */
export class Corpus {
  readonly #byKind = new Map<string, Buffer[]>()

  static read(): Corpus {
    const corpus = new Corpus()
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [kind, text] = line.split('\t')
      if (kind !== undefined && text !== undefined) corpus.add(kind, Buffer.from(text, 'base64'))
    }
    return corpus
  }

  of(kind: string): readonly Buffer[] {
    return this.#byKind.get(kind) ?? []
  }

  /** Leaves out what is too large to be kept in a repository. */
  add(kind: string, bytes: Buffer): void {
    if (bytes.length > maxCaseBytes) return
    const cases = this.#byKind.get(kind)
    if (cases === undefined) this.#byKind.set(kind, [bytes])
    else cases.push(bytes)
  }

  *entries(): Generator<readonly [kind: string, bytes: Buffer]> {
    for (const [kind, cases] of this.#byKind) for (const bytes of cases) yield [kind, bytes]
  }

  write(): void {
    const lines = Array.from(this.entries(), ([kind, bytes]) => {
      return `${kind}\t${bytes.toString('base64')}\n`
    })
    writeFileSync(file, lines.toSorted().join(''))
  }
}
