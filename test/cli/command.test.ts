import { Option } from 'commander'
import { expect, it } from 'vitest'
import { declare, execute, grouped } from '../../src/cli/command.ts'
import { parse } from '../../src/cli/commands.ts'
import { integer, object, string } from '../../src/cli/json-schema.ts'
import { recordingTerminal, type Recorded } from './recorded.ts'

const makeCommand = () =>
  declare<{ name: string; size: number }, { size: number }>({
    name: 'make',
    summary: 'Make something.',
    arguments: [['<name>', 'what it is called']],
    options: [new Option('-s, --size <n>', 'How large.').argParser(Number).default(1)],
    examples: [['make it', 'of size 1']],
    output: object({ name: string, size: integer }),
    run: async ({ args: [name], options: { size } }) => ({ name: name!, size }),
    text: ({ size }, { table }) => table(['SIZE'], [[size]]),
    said: ({ name }) => `made ${name}`,
  })

async function made(...argv: string[]): Promise<Recorded> {
  const terminal = recordingTerminal()
  const command = makeCommand()
  await parse(command, argv)
  await execute(command, terminal)
  return terminal
}

it('gives data to stdout, and messages to stderr', async () => {
  const { stdout, stderr } = await made('x', '--size', '3')
  expect({ stdout, stderr }).toEqual({ stdout: ['SIZE', '   3'], stderr: ['made x'] })
})

it('gives with --json the result alone', async () => {
  const { stdout, stderr } = await made('\u202ex', '--json')
  expect({ stdout, stderr }).toEqual({ stdout: ['{"name":"\\u202ex","size":1}'], stderr: [] })
})

it('gives a line for each result of a stream', async () => {
  const command = declare<number, unknown>({
    name: 'count',
    summary: 'Count.',
    examples: [['count', 'to 2']],
    output: integer,
    streams: true,
    async *run() {
      yield 1
      yield 2
    },
    text: count => `number ${count}`,
  })
  const terminal = recordingTerminal()
  await parse(command, [])
  await execute(command, terminal)
  expect(terminal.stdout).toEqual(['number 1', 'number 2'])
})

it('has help with examples first, and where to read more last', () => {
  const written: string[] = []
  const group = grouped('things', 'All there is about things.', [makeCommand()])
  for (const command of [makeCommand(), group]) {
    written.length = 0
    command.configureOutput({ writeOut: text => void written.push(text) }).outputHelp()
    const help = written.join('')
    expect(help).toContain('Examples:\n  odradek make it   of size 1\n')
    expect(help.indexOf('Examples:')).toBeLessThan(help.indexOf('Usage:'))
    expect(help.trimEnd().split('\n').at(-1)).toMatch(/^Docs: file:\/\/.*\/docs\/cli\.md$/)
  }
})
