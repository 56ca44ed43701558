import type { Broker } from '../../broker.ts'
import { boolean, integer, listOf, object, string } from '../../cli/json-schema.ts'
import { addressText } from '../../client/address.ts'
import { route } from '../route.ts'
import { as } from '../schema.ts'
import { topicName } from './schemas.ts'

const id = as(integer, { minimum: 0 })
const params = object({ id })

const brokers = object({
  brokers: listOf(
    object({
      id: integer,
      isRunning: boolean,
      addresses: as(listOf(string), { description: 'Of its listeners, in their order.' }),
    }),
  ),
})
const answers = { 200: { description: 'All of them, as they are now.', schema: brokers } }

export const brokerRoutes = [
  route({
    method: 'GET',
    path: '/v1/brokers',
    summary: 'List the brokers of the cluster',
    access: 'read',
    answers,
    run: (_, { broker }) => listed(broker()),
  }),
  route({
    method: 'POST',
    path: '/v1/brokers/{id}/stop',
    summary: 'Stop a broker, as Kafka does on SIGTERM',
    access: 'development',
    params,
    answers,
    async run({ params: { id: node } }, { broker }) {
      await broker().nodes.stop(node)
      return listed(broker())
    },
  }),
  route({
    method: 'POST',
    path: '/v1/brokers/{id}/start',
    summary: 'Start a broker again, at the address that it had',
    access: 'development',
    params,
    answers,
    async run({ params: { id: node } }, { broker }) {
      await broker().nodes.start(node)
      return listed(broker())
    },
  }),
  route({
    method: 'POST',
    path: '/v1/brokers/{id}/lead',
    summary: 'Make a broker lead a partition',
    access: 'development',
    params,
    body: object({ topic: topicName, partition: as(integer, { minimum: 0 }) }),
    answers: { 204: { description: 'It does.' } },
    run: ({ params: { id: node }, body: { topic, partition } }, { broker }) =>
      broker().nodes.move(topic, partition, node),
  }),
]

function listed({ nodes, addresses }: Broker): object {
  const listeners = addresses.length / nodes.ids.length
  return {
    brokers: nodes.ids.map((node, i) => ({
      id: node,
      isRunning: nodes.isRunning(node),
      addresses: addresses.slice(i * listeners, (i + 1) * listeners).map(addressText),
    })),
  }
}
