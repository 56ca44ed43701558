/**
 * How a command is declared: it gives a result, which is printed as JSON by its schema with
 * `--json`, and as text otherwise. Help, docs/cli.md, docs/cli-schemas and completion follow.
 */
import { Command, type Option } from 'commander'
import type { Schema } from './json-schema.ts'
import { printable } from './printable.ts'
import { table, type Cell } from './table.ts'
import type { Terminal } from './terminal.ts'

export interface Declaration<Result, Options> {
  name: string
  /** One sentence. */
  summary: string
  /** Like `[['<topic>', 'its name']]`; `[…]` where it may be missing, `…...>` for several. */
  arguments?: readonly (readonly [string, string])[]
  options?: readonly Option[]
  /** What is typed after `odradek`, and what that does. */
  examples: readonly (readonly [string, string])[]
  /** Of the object that `--json` prints, or of each of its lines where `run` gives several. */
  output: Schema<Result>
  /** `run` gives results one by one, each a line of its own. */
  streams?: true
  /** Throws a Failure. */
  run(call: Call<Options>): Promise<Result> | AsyncIterable<Result>
  /** What people read on stdout; undefined where `said` says it all. */
  text?(result: Result, view: View): string | undefined
  /** What people read on stderr: what has changed, what to do next. */
  said?(result: Result): string | undefined
}

export interface Call<Options> {
  /** What is no option. */
  args: readonly string[]
  options: Options
  terminal: Terminal
}

export interface View {
  table(headers: readonly string[], rows: readonly (readonly Cell[])[]): string
}

/** A command of ours. */
export class DeclaredCommand extends Command {
  readonly declaration: Declaration<unknown, unknown>

  constructor(declaration: Declaration<unknown, unknown>) {
    super(declaration.name)
    this.declaration = declaration
  }
}

/** A command that has others below its name, like `topic create`. */
export class CommandGroup extends Command {
  declare readonly commands: readonly DeclaredCommand[]
}

/** The help of every command ends with where to read more. */
export const docsText = `\nDocs: ${new URL('../../docs/cli.md', import.meta.url).href}`

export function declare<Result, Options>(
  declaration: Declaration<Result, Options>,
): DeclaredCommand {
  const { summary, examples, streams } = declaration
  const command = new DeclaredCommand(declaration)
  command.summary(summary)
  command.addHelpText('before', `${summary}\n\n${examplesText(examples)}`)
  for (const [name, about] of declaration.arguments ?? []) command.argument(name, about)
  for (const option of declaration.options ?? []) command.addOption(option)
  const lines = streams ? 'Print a line of JSON for each.' : 'Print JSON.'
  command.option('--json', lines)
  command.option('--no-color', 'Print without colours, as with NO_COLOR.')
  return command.helpOption('-h, --help', 'Print this.').addHelpText('after', docsText)
}

/** Commands below a name; the name alone is the first of them, if that needs no argument. */
export function grouped(
  name: string,
  summary: string,
  commands: readonly DeclaredCommand[],
): CommandGroup {
  const group = new CommandGroup(name)
  const examples = commands.flatMap(({ declaration }) => declaration.examples.slice(0, 1))
  group.summary(summary).addHelpText('before', `${summary}\n\n${examplesText(examples)}`)
  for (const command of commands) group.addCommand(command)
  return group.helpOption('-h, --help', 'Print this.').addHelpText('after', docsText)
}

function examplesText(examples: readonly (readonly [string, string])[]): string {
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, what]) => `  odradek ${line.padEnd(width)}   ${what}`)
  return ['Examples:', ...lines, ''].join('\n')
}

/** Does what the command line has asked for. Throws a Failure. */
export async function execute(command: DeclaredCommand, terminal: Terminal): Promise<void> {
  const { declaration } = command
  const options = command.opts<{ json?: true }>()
  const results = declaration.run({ args: command.args, options, terminal })
  if (Symbol.asyncIterator in results) {
    for await (const result of results) await show(result, declaration, options, terminal)
  } else {
    await show(await results, declaration, options, terminal)
  }
}

async function show(
  result: unknown,
  declaration: Declaration<unknown, unknown>,
  { json }: { json?: true },
  terminal: Terminal,
): Promise<void> {
  if (json) return terminal.print(printable(JSON.stringify(result)))
  const data = declaration.text?.(result, { table: (...rows) => table(...rows, terminal) })
  if (data !== undefined) await terminal.print(data)
  const message = declaration.said?.(result)
  if (message !== undefined) terminal.say(message)
}
