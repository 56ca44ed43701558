import { declare } from './command.ts'
import { confirm, yesOption, type ConfirmationFlags } from './confirmation.ts'
import { connectionOptions } from './connection.ts'
import { ask, httpOption, type HttpFlags } from './http-api.ts'
import { boolean, object, type Described } from './json-schema.ts'

const done = object({ reset: boolean })

export const resetCommand = declare<Described<typeof done>, ConfirmationFlags & HttpFlags>({
  name: 'reset',
  summary: 'Forget all topics, groups, transactions and faults; of an Odradek for development.',
  options: [yesOption, httpOption, ...connectionOptions],
  examples: [['reset', 'a broker as after its first start']],
  output: done,
  async run(call) {
    await confirm(call, 'forget all topics and groups')
    await ask(call.options, 'POST', '/v1/reset')
    return { reset: true }
  },
  said: () => 'forgot all topics, groups, transactions and faults',
})
