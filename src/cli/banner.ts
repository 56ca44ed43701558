import type { Config } from '../config.ts'

export interface ReadyFacts {
  version: string
  /** From the start of the process. */
  readyMs: number
  /** Where it listens: 'host:port'. */
  addresses: string[]
  /** The same for HTTP; undefined where there is none. */
  httpAddress: string | undefined
  durability: Config['durability']
  /** Undefined when nothing is kept. */
  dataDirectory: string | undefined
  createsTopics: boolean
}

/** What a person reads when the server is ready. */
export function banner(facts: ReadyFacts): string {
  const { version, readyMs, addresses, httpAddress, durability, dataDirectory, createsTopics } =
    facts
  const kept = dataDirectory === undefined ? 'nothing is kept' : `data in ${dataDirectory}`
  return [
    `odradek ${version}  ready in ${readyMs} ms  (${durability}; ${kept})`,
    ...addresses.map(address => `  kafka     ${address}`),
    ...(httpAddress === undefined ? [] : [`  http      http://${httpAddress}/metrics`]),
    ...(createsTopics
      ? ['  topics    created on first use (--set auto.create.topics.enable=false to stop that)']
      : []),
    '  stop      Ctrl-C',
  ].join('\n')
}
