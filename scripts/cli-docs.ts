/** docs/cli.md's tables, and the JSON Schemas of what commands print, from their declarations. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { CommandGroup, type DeclaredCommand } from '../src/cli/command.ts'
import { commands } from '../src/cli/commands.ts'
import { between, table } from './marked.ts'

export const cliFile = new URL('../docs/cli.md', import.meta.url)
export const schemasFolder = new URL('../docs/cli-schemas/', import.meta.url)

const begin = '<!-- commands: made by `npm run docs` -->'
const end = '<!-- end of commands -->'

/** A command, and what is typed to run it: 'topic create'. */
interface Listed {
  path: string
  command: DeclaredCommand
}

/** All commands, in the order of the help. */
export async function listedCommands(): Promise<Listed[]> {
  const listed: Listed[] = []
  for (const [name, { load }] of Object.entries(commands)) {
    const command = await load()
    if (!(command instanceof CommandGroup)) listed.push({ path: name, command })
    else
      for (const each of command.commands)
        listed.push({ path: `${name} ${each.name()}`, command: each })
  }
  return listed
}

/** The text with the commands that there are now. */
export function withCommands(text: string, listed: readonly Listed[]): string {
  const rows = listed.map(({ path, command }) => {
    const { arguments: names = [], summary } = command.declaration
    const usage = [path, ...names.map(([name]) => name)].join(' ')
    return [`\`${usage}\``, summary, `[schema](cli-schemas/${schemaName(path)}.json)`]
  })
  return between(text, begin, end, table([['command', 'what it does', '`--json`'], ...rows]))
}

/** By their names, without '.json'. */
export function schemasOf(listed: readonly Listed[]): Map<string, string> {
  return new Map(
    listed.map(({ path, command }) => {
      const { output, streams, summary } = command.declaration
      const what = streams ? 'Each line that' : 'What'
      const schema = {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        title: `${what} odradek ${path} --json prints`,
        description: summary,
        ...output.json,
      }
      return [schemaName(path), `${JSON.stringify(schema, undefined, 2)}\n`]
    }),
  )
}

export function schemaName(path: string): string {
  return path.replaceAll(' ', '-')
}

export async function writeCliDocs(): Promise<void> {
  const listed = await listedCommands()
  writeFileSync(cliFile, withCommands(readFileSync(cliFile, 'utf8'), listed))
  rmSync(schemasFolder, { recursive: true, force: true })
  mkdirSync(schemasFolder)
  for (const [name, text] of schemasOf(listed)) {
    writeFileSync(new URL(`${name}.json`, schemasFolder), text)
  }
}
