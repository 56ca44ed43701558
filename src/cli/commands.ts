/** The commands that have a name; without one, `odradek` starts the broker. */
import { CommanderError, type Command } from 'commander'
import { ConfigError } from '../config.ts'
import { Failure } from './failure.ts'

/** Loaded when they are used. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  certs: async () => (await import('./certs.ts')).certsCommand(print),
  log: async () => (await import('./log.ts')).logCommand(print),
  user: async () => (await import('./user.ts')).userCommand(print),
}

/** Runs the command that the arguments name; false when they name none. */
export async function runCommand([name = '', ...rest]: readonly string[]): Promise<boolean> {
  if (!Object.hasOwn(commands, name)) return false
  const command = await commands[name]!()
  command.name(`odradek ${name}`)
  await parse(command, rest)
  return true
}

/** False when help or the version was asked for, which is then printed. Throws a ConfigError. */
export async function parse(command: Command, argv: readonly string[]): Promise<boolean> {
  for (const each of [command, ...command.commands]) {
    each
      .exitOverride()
      .configureHelp({ styleTitle: title => title })
      .configureOutput({ outputError: () => {} })
  }
  try {
    await command.parseAsync(argv, { from: 'user' })
    return true
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return false
    if (error.code === 'commander.help') throw new ConfigError('name one of the commands above')
    throw new ConfigError(onOneLine(error.message))
  }
}

/** From "error: unknown option '--prot'\n(Did you mean --port?)". */
function onOneLine(message: string): string {
  return message.replace(/^error: /, '').replaceAll('\n', ' ')
}

/** A line on stdout, no faster than it is taken. Throws a Failure when nobody takes it. */
async function print(line: string): Promise<void> {
  const { stdout } = process
  // The callback tells of the error as well.
  if (stdout.listenerCount('error') === 0) stdout.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    stdout.write(`${line}\n`, error => {
      if (error) reject(new Failure(`cannot print: ${error.message}`, 1, error))
      else resolve()
    })
  })
}
