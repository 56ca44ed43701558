/** `odradek kafka-tool NAME`: what stands behind Kafka's tools in the container image. */
import { kafkaTool, type ToolCommand } from '../container/kafka-tools.ts'
import { runCommand } from './commands.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** Rejects with what `failureOf` knows. */
export async function runKafkaTool([name = '', ...argv]: readonly string[]): Promise<void> {
  const command = kafkaTool(name, argv)
  const terminal = processTerminal()
  await runCommand(command.argv, command.names && namesOnly(command.names, terminal))
}

/** Prints of the JSON of a list the names alone. */
function namesOnly(list: NonNullable<ToolCommand['names']>, terminal: Terminal): Terminal {
  return {
    ...terminal,
    async print(text) {
      const result = JSON.parse(text) as Record<string, { topic?: string; group?: string }[]>
      const names = result[list]!.map(({ topic, group }) => topic ?? group)
      if (names.length > 0) await terminal.print(names.join('\n'))
    },
  }
}
