/** What the tests of configs ask: resources by type, altered in short, described in short. */
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { alterConfigs } from '../../protocol/apis/33-alter-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import type { Infer } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { latest, named, type Named } from './wire.ts'

/** Kafka: ConfigResource.Type. */
export const resource = { topic: 2, broker: 4, logger: 8, clientMetrics: 16, group: 32 } as const
/** Kafka: AlterConfigOp.OpType. */
export const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3] as const

type Response = Named<Infer<typeof incrementalAlterConfigs.response>['responses'][number]>
export type Change = readonly [name: string, operation: number, value: string | null]
export type ResourceChange = readonly [type: number, name: string, changes: readonly Change[]]

/** Asks one broker; on Apache Kafka the same. */
export class ConfigClient {
  readonly #client: () => RawClient

  constructor(client: () => RawClient) {
    this.#client = client
  }

  /** The id of the broker, as a resource is called. */
  async broker(): Promise<string> {
    const { brokers } = await this.#client().request(metadata, 1, { topics: [] })
    return String(brokers[0]!.nodeId)
  }

  /** Several resources in one request; answers are in the order of the resources. */
  async changeAll(
    resources: readonly ResourceChange[],
    { validateOnly = false, version = latest(incrementalAlterConfigs) } = {},
  ): Promise<Response[]> {
    const { responses } = await this.#client().request(incrementalAlterConfigs, version, {
      resources: resources.map(([resourceType, resourceName, changes]) => ({
        resourceType,
        resourceName,
        configs: changes.map(([name, configOperation, value]) => ({
          name,
          configOperation,
          value,
        })),
      })),
      validateOnly,
    })
    return responses.map(named)
  }

  async change(
    type: number,
    name: string,
    changes: readonly Change[],
    options: { validateOnly?: boolean; version?: number } = {},
  ): Promise<Response> {
    const [response] = await this.changeAll([[type, name, changes]], options)
    return response!
  }

  /** AlterConfigs: everything that is not named is unset. */
  async replace(
    type: number,
    name: string,
    configs: readonly (readonly [name: string, value: string | null])[],
    { validateOnly = false, version = latest(alterConfigs) } = {},
  ): Promise<Response> {
    const { responses } = await this.#client().request(alterConfigs, version, {
      resources: [
        {
          resourceType: type,
          resourceName: name,
          configs: configs.map(([key, value]) => ({ name: key, value })),
        },
      ],
      validateOnly,
    })
    return named(responses[0]!)
  }

  /** What is told of a resource; of all its configs, or those that are named. */
  async describe(
    type: number,
    name: string,
    configurationKeys: string[] | null = null,
  ): Promise<Infer<typeof describeConfigs.response>['results'][number]> {
    const { results } = await this.#client().request(describeConfigs, latest(describeConfigs), {
      resources: [{ resourceType: type, resourceName: name, configurationKeys }],
      includeSynonyms: true,
    })
    return results[0]!
  }

  /**
   * What is set on a resource, as opposed to what holds anyway. Apache Kafka tells it a moment
   * after the change was answered: poll.
   */
  async set(type: number, name: string, sources: readonly number[]): Promise<object> {
    const { configs } = await this.describe(type, name)
    const set = configs.filter(({ configSource }) => sources.includes(configSource))
    return Object.fromEntries(set.map(({ name: config, value }) => [config, value]))
  }
}
