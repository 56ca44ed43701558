/** Where commands write: data to stdout, everything else to stderr. */
import { styleText } from 'node:util'
import { Failure } from './failure.ts'
import { printable } from './printable.ts'

export interface Terminal {
  /** Data, on a line of its own; resolves when more is taken. */
  print(text: string): Promise<void>
  /** Data as it is. */
  write(bytes: Buffer): Promise<void>
  /** A message to people: what has changed, what to do next. */
  say(text: string): void
  /** Shows how far long work is, on one line that the next replaces; nothing off a terminal. */
  progress(text: string): void
  /** How much fits into a line of stdout; undefined where that is no terminal. */
  readonly columns: number | undefined
  /** Somebody can be asked. */
  readonly isInteractive: boolean
  /** A line that somebody types. */
  ask(question: string): Promise<string>
  heading(text: string): string
}

const eraseLine = '\r\x1b[K'

/** That of this process. Colours follow NO_COLOR, FORCE_COLOR and TERM, as Node.js does. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  // Each write tells of its error as well.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  let shown = ''
  const clear = (): void => {
    if (shown !== '') stderr.write(eraseLine)
    shown = ''
  }
  return {
    print(text) {
      clear()
      return written(stdout, `${text}\n`)
    },
    write(bytes) {
      clear()
      return written(stdout, bytes)
    },
    say(text) {
      clear()
      stderr.write(`${text.split('\n').map(printable).join('\n')}\n`)
    },
    progress(text) {
      if (!stderr.isTTY || process.env['TERM'] === 'dumb') return
      shown = printable(text)
      stderr.write(`${eraseLine}${shown.slice(0, stderr.columns - 1)}`)
    },
    columns: stdout.isTTY ? stdout.columns : undefined,
    isInteractive: stdin.isTTY && stderr.isTTY,
    async ask(question) {
      clear()
      const { createInterface } = await import('node:readline/promises')
      const lines = createInterface({ input: stdin, output: stderr })
      try {
        return await lines.question(`${printable(question)} `)
      } finally {
        lines.close()
      }
    },
    heading: text => styleText('bold', text, { stream: stdout }),
  }
}

function written(stream: NodeJS.WriteStream, data: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, error => {
      if (error) reject(unwritten(error))
      else resolve()
    })
  })
}

/** `odradek … | head` ends when head has what it wants: nothing failed. */
function unwritten(error: NodeJS.ErrnoException): Failure {
  const isEnough = error.code === 'EPIPE'
  return new Failure(`cannot print: ${error.message}`, isEnough ? 0 : 1, error)
}
