/** `odradek status`: what a cluster is made of, and whether it is well. */
import { addressText } from '../client/address.ts'
import { declare } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { readGroups } from './groups.ts'
import {
  boolean,
  integer,
  listOf,
  nullable,
  object,
  string,
  type Described,
} from './json-schema.ts'
import { facts } from './table.ts'

const status = object({
  clusterId: nullable(string),
  controller: integer,
  brokers: listOf(
    object({
      node: integer,
      address: string,
      rack: nullable(string),
      controller: boolean,
      leads: integer,
    }),
  ),
  topics: integer,
  partitions: integer,
  /** Without a leader. */
  offline: integer,
  /** With a replica that is not in sync. */
  underReplicated: integer,
  groups: integer,
})

export const statusCommand = declare<Described<typeof status>, ConnectionFlags>({
  name: 'status',
  summary: 'Print brokers, and how many topics, partitions and groups there are.',
  options: [...connectionOptions],
  examples: [
    ['status', 'of the broker on this machine'],
    ['status -b kafka:9092', 'of any other Kafka'],
  ],
  output: status,
  run: ({ options }) =>
    withClient(options, async client => {
      const metadata = await client.metadata({ topics: null })
      const topics = metadata.topics.filter(({ isInternal }) => !isInternal)
      const partitions = topics.flatMap(topic => topic.partitions)
      return {
        clusterId: metadata.clusterId,
        controller: metadata.controllerId,
        brokers: metadata.brokers
          .toSorted((a, b) => a.nodeId - b.nodeId)
          .map(broker => ({
            node: broker.nodeId,
            address: addressText(broker),
            rack: broker.rack,
            controller: broker.nodeId === metadata.controllerId,
            leads: partitions.filter(({ leaderId }) => leaderId === broker.nodeId).length,
          })),
        topics: topics.length,
        partitions: partitions.length,
        offline: partitions.filter(({ leaderId }) => leaderId < 0).length,
        underReplicated: partitions.filter(each => each.isrNodes.length < each.replicaNodes.length)
          .length,
        groups: (await readGroups(client)).length,
      }
    }),
  text: (found, { table }) =>
    [
      facts([
        ['cluster', found.clusterId],
        ['topics', found.topics],
        ['partitions', found.partitions],
        ['offline', found.offline],
        ['under-replicated', found.underReplicated],
        ['groups', found.groups],
      ]),
      table(
        ['BROKER', 'ADDRESS', 'RACK', 'CONTROLLER', 'LEADS'],
        found.brokers.map(each => [
          each.node,
          each.address,
          each.rack,
          each.controller ? 'yes' : null,
          each.leads,
        ]),
      ),
    ].join('\n\n'),
})
