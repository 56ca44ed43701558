/** `odradek api-versions`: what a broker speaks. */
import { Option } from 'commander'
import { declare } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { handlers } from '../handlers/index.ts'
import { integer, listOf, nullable, object, string, type Described } from './json-schema.ts'
import { wholeNumber } from './option-values.ts'

const told = object({
  apis: listOf(
    object({
      key: integer,
      /** Null for one that is newer than this program, or between brokers only. */
      name: nullable(string),
      minVersion: integer,
      maxVersion: integer,
    }),
  ),
  features: listOf(
    object({
      feature: string,
      minVersion: integer,
      maxVersion: integer,
      /** The level that the cluster has agreed upon. */
      finalized: nullable(integer),
    }),
  ),
})

interface ApiVersionsFlags extends ConnectionFlags {
  node?: number
}

/** Of brokers with ZooKeeper, and between brokers and controllers (Kafka: ApiKeys). */
const otherNames: Readonly<Record<number, string>> = {
  4: 'LeaderAndIsr',
  5: 'StopReplica',
  6: 'UpdateMetadata',
  7: 'ControlledShutdown',
  52: 'Vote',
  53: 'BeginQuorumEpoch',
  54: 'EndQuorumEpoch',
  56: 'AlterPartition',
  58: 'Envelope',
  59: 'FetchSnapshot',
  62: 'BrokerRegistration',
  63: 'BrokerHeartbeat',
  67: 'AllocateProducerIds',
  70: 'ControllerRegistration',
  73: 'AssignReplicasToDirs',
  82: 'UpdateRaftVoter',
}

export const apiVersionsCommand = declare<Described<typeof told>, ApiVersionsFlags>({
  name: 'api-versions',
  summary: 'Print the APIs of a broker with their versions, and its features.',
  options: [
    new Option('--node <id>', 'Of this broker.').argParser(wholeNumber(0)),
    ...connectionOptions,
  ],
  examples: [['api-versions', 'what the broker on this machine speaks']],
  output: told,
  run: ({ options }) =>
    withClient(options, async client => {
      const { node } = options
      const answer = await client.versions(node === undefined ? 'any' : { node })
      const names = new Map(handlers.map(({ key, name }) => [key, name]))
      return {
        apis: answer.apiKeys
          .toSorted((a, b) => a.apiKey - b.apiKey)
          .map(({ apiKey, minVersion, maxVersion }) => {
            const name = names.get(apiKey) ?? otherNames[apiKey] ?? null
            return { key: apiKey, name, minVersion, maxVersion }
          }),
        features: answer.supportedFeatures
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .map(({ name: feature, minVersion, maxVersion }) => {
            const finalized = answer.finalizedFeatures.find(({ name }) => name === feature)
            return {
              feature,
              minVersion,
              maxVersion,
              finalized: finalized?.maxVersionLevel ?? null,
            }
          }),
      }
    }),
  text: ({ apis, features }, { table }) => {
    const parts = [
      table(
        ['KEY', 'API', 'VERSIONS'],
        apis.map(each => [each.key, each.name, range(each)]),
      ),
    ]
    if (features.length > 0) {
      parts.push(
        table(
          ['FEATURE', 'LEVELS', 'FINALIZED'],
          features.map(each => [each.feature, range(each), each.finalized]),
        ),
      )
    }
    return parts.join('\n\n')
  },
})

function range({ minVersion, maxVersion }: { minVersion: number; maxVersion: number }): string {
  return minVersion === maxVersion ? String(minVersion) : `${minVersion}-${maxVersion}`
}
