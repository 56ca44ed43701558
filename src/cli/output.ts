import { styleText } from 'node:util'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { banner, type ReadyFacts } from './banner.ts'
import { printable } from './printable.ts'

/** What the server tells its environment; stdout is left to data. */
export interface Output {
  logger: Logger
  /** The broker accepts connections. */
  ready(facts: ReadyFacts): void
}

export type OutputStream = NodeJS.WriteStream & { readonly fd: number }
type Level = Config['logLevel']

/** pino's. */
const levels: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** Text for people where they look at it, else JSON lines. */
export async function createOutput(stream: OutputStream, level: Level): Promise<Output> {
  return stream.isTTY ? textOutput(stream, level) : jsonOutput(stream.fd, level)
}

async function jsonOutput(fd: number, level: Level): Promise<Output> {
  const { destination, pino, stdTimeFunctions } = await import('pino')
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // pino escapes only those that JSON forbids.
    hooks: { streamWrite: (line: string) => `${printable(line.trimEnd())}\n` },
  }
  // Written at once: the last lines before a crash are the ones that matter.
  const logger = pino(options, destination({ fd, sync: true }))
  return { logger, ready: facts => logger.info(facts, 'ready') }
}

function textOutput(stream: OutputStream, initialLevel: Level): Output {
  const print = (level: Exclude<Level, 'silent'>, text: string): void => {
    if (levels.indexOf(level) >= levels.indexOf(logger.level)) stream.write(`${text}\n`)
  }
  const error = styleText('red', 'error:', { stream })
  const warning = styleText('yellow', 'warning:', { stream })
  const logger: Logger & { level: string } = {
    level: initialLevel,
    debug: (details, message) => print('debug', line('debug:', details, message)),
    info: (details, message) => print('info', line('', details, message)),
    warn: (details, message) => print('warn', line(warning, details, message)),
    error: (details, message) => print('error', line(error, details, message)),
  }
  return { logger, ready: facts => print('info', banner(facts)) }
}

/** `message  key=value …`, and then the stack of an error if there is one. */
function line(prefix: string, details: object, message: string): string {
  const { err, ...others } = details as { err?: unknown }
  const pairs = Object.entries(others).map(([key, value]) => `${key}=${text(value)}`)
  const lines = err instanceof Error ? `${err.stack}`.split('\n').map(printable) : []
  const stack = lines.map(part => `\n${part}`).join('')
  return [prefix, message, ...pairs].filter(part => part !== '').join(' ') + stack
}

function text(value: unknown): string {
  if (typeof value === 'string') return printable(value)
  return value === undefined ? 'undefined' : printable(JSON.stringify(value))
}
