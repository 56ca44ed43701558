/** Where a password comes from: never the command line, which every process can read. */
import { once } from 'node:events'
import type { ReadStream } from 'node:tty'
import { Failure } from './failure.ts'

export const passwordVariable = 'ODRADEK_PASSWORD'

const enter = /[\r\n]/
const interrupt = '\x03'
const erase = /[\x08\x7f]/

/** The variable's value, or what is typed unseen, or the first line of stdin. Throws a Failure. */
export async function readPassword(user: string): Promise<string> {
  const { env, stdin, stderr } = process
  const given = env[passwordVariable]
  if (given !== undefined) return checked(given)
  if (!stdin.isTTY) return checked(await firstLine(stdin))
  stderr.write(`Password of ${user}: `)
  try {
    return checked(await typed(stdin))
  } finally {
    stderr.write('\n')
  }
}

function checked(password: string): string {
  if (password !== '') return password
  throw new Failure(`no password: give it on stdin, or in ${passwordVariable}`, 2)
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(chunk as Buffer)
  const [line] = Buffer.concat(chunks).toString('utf8').split(enter)
  return line!
}

/** Without an echo; ends with the line. */
async function typed(terminal: ReadStream): Promise<string> {
  terminal.setRawMode(true).setEncoding('utf8')
  let text = ''
  try {
    for (;;) {
      const [keys] = (await once(terminal, 'data')) as [string]
      for (const key of keys) {
        if (enter.test(key)) return text
        if (key === interrupt) throw new Failure('no password: interrupted', 130)
        text = erase.test(key) ? text.slice(0, -1) : text + key
      }
    }
  } finally {
    terminal.setRawMode(false).pause()
  }
}
