/** Brokers for tests that speak to them as clients do. */
import { startBroker } from '../src/index.ts'
import { startServer } from '../compat-tests/server.ts'

export interface Target {
  name: string
  start(): Promise<AsyncDisposable & { bootstrapServers: string }>
}

const external = process.env['KAFKA_BOOTSTRAP']

/** Every way to run the broker; or only the one that KAFKA_BOOTSTRAP names. */
export const targets: readonly Target[] =
  external === undefined
    ? [
        { name: 'in-process', start: () => startBroker() },
        { name: 'command line', start: () => startServer() },
      ]
    : [
        {
          name: external,
          start: async () => ({
            bootstrapServers: external,
            [Symbol.asyncDispose]: async () => {},
          }),
        },
      ]
