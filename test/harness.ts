/** Brokers for tests that speak to them as clients do. */
import { startBroker } from '../src/index.ts'
import { startServer } from '../compat-tests/server.ts'

export interface Target {
  name: string
  /** Brokers in its cluster. */
  brokers: number
  start(): Promise<AsyncDisposable & { bootstrapServers: string }>
}

const external = process.env['KAFKA_BOOTSTRAP']

/** Every way to run the broker; or only the one that KAFKA_BOOTSTRAP names. */
export const targets: readonly Target[] =
  external === undefined
    ? [
        { name: 'in-process', brokers: 1, start: () => startBroker() },
        { name: 'three brokers', brokers: 3, start: () => startBroker({ brokers: 3 }) },
        { name: 'command line', brokers: 1, start: () => startServer() },
      ]
    : [
        {
          name: external,
          brokers: 1,
          start: async () => ({
            bootstrapServers: external,
            [Symbol.asyncDispose]: async () => {},
          }),
        },
      ]
