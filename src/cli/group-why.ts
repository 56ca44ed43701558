import { declare } from './command.ts'
import { connectionOptions } from './connection.ts'
import { ask, httpOption, type HttpFlags } from './http-api.ts'
import { integer, listOf, object, string, type Described } from './json-schema.ts'

const why = object({
  group: string,
  type: string,
  state: string,
  epoch: integer,
  /** The oldest first. */
  rebalances: listOf(
    object(
      { timestamp: integer, cause: string, epoch: integer, text: string },
      {
        memberId: string,
        instanceId: string,
        clientId: string,
        clientHost: string,
        reason: string,
      },
    ),
  ),
  text: string,
})

export const whyCommand = declare<Described<typeof why>, HttpFlags>({
  name: 'why',
  summary: 'Say why a group has rebalanced lately; of an Odradek only.',
  arguments: [['<group>', 'its name']],
  options: [httpOption, ...connectionOptions],
  examples: [['group why billing', 'who came, who went, whose session ended']],
  output: why,
  run: ({ args: [group], options }) =>
    ask(options, 'GET', `/v1/groups/${encodeURIComponent(group!)}/why`),
  text: ({ text }) => text,
})
