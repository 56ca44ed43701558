import type { Config } from '../config.ts'

export interface ReadyFacts {
  version: string
  /** From the start of the process. */
  readyMs: number
  /** Where it listens: 'host:port'. */
  addresses: string[]
  /** Where clients are sent; undefined: to the address that they came to. */
  advertised: string[] | undefined
  /** Where it answers HTTP: 'host:port'; undefined where it does not. */
  httpAddress: string | undefined
  durability: Config['durability']
  /** Undefined when nothing is kept. */
  dataDirectory: string | undefined
  createsTopics: boolean
  /** Whether faults, resets and a clock that can be moved are to be had. */
  development: boolean
}

/** What a person reads when the server is ready: five lines, if it has one address. */
export function banner(facts: ReadyFacts): string {
  const { version, readyMs, addresses, advertised, httpAddress, durability } = facts
  const { dataDirectory, createsTopics, development } = facts
  const kept =
    dataDirectory === undefined
      ? 'nothing is kept: add --data-dir ./odradek-data'
      : `data in ${dataDirectory}`
  const told =
    advertised === undefined
      ? 'any client; it is sent back to the address that it dialled'
      : `any client; it is sent to ${advertised.join(', ')}`
  const width = Math.max(...addresses.map(address => address.length))
  const rows: [string, string][] = addresses.map((address, i) => {
    return ['kafka', i === 0 ? `${address.padEnd(width)}   ${told}` : address]
  })
  if (httpAddress !== undefined) {
    rows.push(['http', `http://${httpAddress}/   api /v1, metrics /metrics`])
  }
  rows.push([
    'topics',
    createsTopics
      ? 'created on first use (--set auto.create.topics.enable=false to stop that)'
      : "created by 'odradek topic create' only (auto.create.topics.enable=false)",
  ])
  const where = addresses[0]!.endsWith(':9092') ? '' : ` -b ${addresses[0]}`
  rows.push(['try', `odradek produce${where} hello 'world'    odradek tail${where} --all`])
  if (!development) {
    rows.push(['--dev', 'adds HTTP, faults, reset, a clock to move; members who hang up have left'])
  }
  return [
    `odradek ${version}  ready in ${readyMs} ms  (${durability}; ${kept})`,
    ...rows.map(([name, text]) => `  ${name.padEnd(9)} ${text}`),
  ].join('\n')
}
