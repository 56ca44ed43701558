/** `odradek stop`: ends a broker on this machine as Ctrl-C does. */
import { Option } from 'commander'
import { waitingClock } from '../clock.ts'
import { declare } from './command.ts'
import { Failure } from './failure.ts'
import { integer, object, type Described } from './json-schema.ts'
import { wholeNumber } from './option-values.ts'
import { isOurProgram, portOwner } from './port-owner.ts'

const stopped = object({ pid: integer, port: integer })

interface StopFlags {
  port: number
}

const patienceMs = 10_000
const lookEveryMs = 20

export const stopCommand = declare<Described<typeof stopped>, StopFlags>({
  name: 'stop',
  summary: 'Stop a broker on this machine, which saves everything first.',
  options: [
    new Option('--port <number>', 'On which it listens.')
      .argParser(wholeNumber(1, 65_535))
      .default(9092),
  ],
  examples: [['stop', 'the one on port 9092']],
  output: stopped,
  async run({ options: { port } }) {
    const owner = portOwner(port)
    if (owner === undefined) {
      throw new Failure(`nobody whom you could stop listens on port ${port}: see --port`, 1)
    }
    const { pid, program } = owner
    if (!isOurProgram(pid)) {
      throw new Failure(`port ${port} is in use by process ${pid} (${program}): no odradek`, 1)
    }
    process.kill(pid, 'SIGTERM')
    const giveUpMs = waitingClock.monotonic() + patienceMs
    while (isAlive(pid)) {
      if (waitingClock.monotonic() > giveUpMs) {
        throw new Failure(`process ${pid} has not ended after ${patienceMs} ms: kill -9 ${pid}`, 4)
      }
      await new Promise<void>(resolve => waitingClock.after(lookEveryMs, resolve))
    }
    return { pid, port }
  },
  said: ({ pid, port }) => `stopped process ${pid}, which listened on port ${port}`,
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
