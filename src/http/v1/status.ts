import { boolean, integer, listOf, object, oneOf, string } from '../../cli/json-schema.ts'
import { version } from '../../version.ts'
import { addressText } from '../../client/address.ts'
import { route } from '../route.ts'

const status = object({
  version: string,
  clusterId: string,
  durability: oneOf('memory', 'os', 'disk'),
  development: boolean,
  addresses: listOf(string),
  brokers: listOf(integer),
  topics: integer,
  groups: integer,
  offlinePartitions: integer,
})

export const statusRoutes = [
  route({
    method: 'GET',
    path: '/v1/status',
    summary: 'What runs here',
    access: 'read',
    answers: { 200: { description: 'Of all brokers in the process.', schema: status } },
    run(_, { broker }) {
      const { addresses, services } = broker()
      const { config, cluster, topics, groups } = services
      return {
        version,
        clusterId: cluster.id,
        durability: config.durability,
        development: config.development,
        addresses: addresses.map(addressText),
        brokers: cluster.nodeIds,
        topics: topics.all().length,
        groups: groups.list({ states: [], types: [] }).length,
        offlinePartitions: topics.offline().length,
      }
    },
  }),
]
