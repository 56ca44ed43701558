/** Holds what commands print against the JSON Schemas that are published. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { listedCommands, schemaName, schemasFolder } from '../../scripts/cli-docs.ts'

const ajv = new Ajv2020()

/** Throws where a line of stdout is not what the schema of the command says. */
export async function checkOutput(
  argv: readonly string[],
  stdout: readonly string[],
): Promise<void> {
  const { path, command } = await commandOf(argv)
  const file = new URL(`${schemaName(path)}.json`, schemasFolder)
  const isValid = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object)
  for (const line of stdout) {
    if (!isValid(JSON.parse(line))) {
      throw new Error(`${path} --json: ${line}: ${ajv.errorsText(isValid.errors)}`)
    }
  }
  if (!command.declaration.streams) expect(stdout).toHaveLength(1)
}

/** The command that is run: where only a group is named, its first one. */
async function commandOf(argv: readonly string[]) {
  const listed = await listedCommands()
  const [group, name] = argv
  const found =
    listed.find(({ path }) => path === `${group} ${name}`) ??
    listed.find(({ path }) => path === group || path.startsWith(`${group} `))
  if (found === undefined) throw new Error(`there is no command ${group}`)
  return found
}
