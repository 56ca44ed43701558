/** What configs can be described of and altered on. */
import { KafkaError } from '../protocol/errors.ts'
import { clusterName } from './auth/acl-codes.ts'
import { checkAllowed, type Asking } from './auth/checks.ts'
import type { Rule } from './auth/required.ts'
import { brokerLoggerResources } from './config-resources/broker-logger.ts'
import { brokerResources } from './config-resources/broker.ts'
import { clientMetricsResources } from './config-resources/client-metrics.ts'
import { groupResources } from './config-resources/group.ts'
import { topicResources } from './config-resources/topic.ts'
import type { ConfigResources } from './config-resources/resources.ts'

/** By Kafka's ConfigResource.Type, in the order in which Kafka lists them. */
export const configResources: ReadonlyMap<number, ConfigResources> = new Map([
  [32, groupResources],
  [16, clientMetricsResources],
  [8, brokerLoggerResources],
  [4, brokerResources],
  [2, topicResources],
])

/** Throws INVALID_REQUEST for a type that has no resources. */
export function configResourcesOf(type: number): ConfigResources {
  const resources = configResources.get(type)
  if (resources) return resources
  throw new KafkaError('INVALID_REQUEST', `Unknown resource type ${type}`)
}

/** By what the resource is guarded as. */
export type ConfigRules = Readonly<Record<ConfigResources['guardedAs'], Rule>>

/** Throws unless the client may do to the configs of a resource what the rules ask for. */
export function checkConfigRights(
  rules: ConfigRules,
  { guardedAs }: ConfigResources,
  resourceName: string,
  client: Asking,
): void {
  checkAllowed(client, rules[guardedAs], guardedAs === 'cluster' ? clusterName : resourceName)
}
