/** The quorum as it is with several nodes, after restarts, and from kraft.version 1 on. */
import { afterEach, describe, expect, it } from 'vitest'
import { apiVersions } from '../protocol/apis/18-api-versions.ts'
import { describeQuorum } from '../protocol/apis/55-describe-quorum.ts'
import { updateFeatures } from '../protocol/apis/57-update-features.ts'
import { addRaftVoter } from '../protocol/apis/80-add-raft-voter.ts'
import { removeRaftVoter } from '../protocol/apis/81-remove-raft-voter.ts'
import { zeroUuid } from '../protocol/wire.ts'
import { startBroker, type StartedBroker } from '../src/index.ts'
import { MemoryStorage } from './handlers/memory-storage.ts'
import { named } from './handlers/wire.ts'
import { RawClient } from './raw-client.ts'

const opened = new Set<Pick<StartedBroker, 'close'>>()
afterEach(async () => {
  for (const broker of opened) await broker.close()
  opened.clear()
})

/** To the last of its nodes. */
async function connect(broker: Pick<StartedBroker, 'bootstrapServers' | 'close'>) {
  opened.add(broker)
  return RawClient.connect(broker.bootstrapServers.split(',').at(-1)!)
}

async function askQuorum(client: RawClient) {
  const { topics, nodes } = await client.request(describeQuorum, 2, {
    topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }],
  })
  return { ...topics[0]!.partitions[0]!, nodes }
}

async function upgradeKraft(client: RawClient): Promise<void> {
  const answer = await client.request(updateFeatures, 2, {
    featureUpdates: [{ feature: 'kraft.version', maxVersionLevel: 1 }],
  })
  expect(named(answer)).toMatchObject({ error: 'NONE' })
}

describe('the quorum', () => {
  it('has the first of several nodes as its voter, and the others as observers', async () => {
    const broker = await startBroker({ brokers: 3, config: { 'node.id': 5 } })
    await using client = await connect(broker)
    const { leaderId, currentVoters, observers, highWatermark, nodes } = await askQuorum(client)
    expect(leaderId).toBe(5)
    expect(currentVoters.map(({ replicaId }) => replicaId)).toEqual([5])
    expect(observers.map(({ replicaId, logEndOffset }) => [replicaId, logEndOffset])).toEqual([
      [6, highWatermark],
      [7, highWatermark],
    ])
    const [host, port] = broker.bootstrapServers.split(',')[0]!.split(':')
    const listeners = [{ name: 'CONTROLLER', host, port: Number(port) }]
    expect(nodes).toEqual([{ nodeId: 5, listeners }])
  })

  it('elects its leader anew when it starts, and loses nothing', async () => {
    const storage = new MemoryStorage()
    const first = await storage.start()
    await using client = await RawClient.connect(first.bootstrapServers)
    await upgradeKraft(client)
    const { leaderEpoch, highWatermark, currentVoters } = await askQuorum(client)
    await first.close()
    await using again = await connect(await storage.start())
    const after = await askQuorum(again)
    expect(after.leaderEpoch).toBe(leaderEpoch + 1)
    expect(after.highWatermark).toBe(highWatermark + 1)
    expect(after.currentVoters[0]!.replicaDirectoryId).toBe(currentVoters[0]!.replicaDirectoryId)
  })
})

describe('from kraft.version 1 on (KIP-853)', () => {
  const directory = 'c29tZS1kaXJlY3RvcnktMQ'

  async function dynamicVoters(): Promise<RawClient> {
    const client = await connect(await startBroker())
    expect((await askQuorum(client)).currentVoters[0]!.replicaDirectoryId).toBe(zeroUuid)
    await upgradeKraft(client)
    return client
  }

  it('clients learn it', async () => {
    await using client = await dynamicVoters()
    const software = { clientSoftwareName: 'a', clientSoftwareVersion: '1' }
    const { finalizedFeatures } = await client.request(apiVersions, 4, software)
    const level = { name: 'kraft.version', minVersionLevel: 1, maxVersionLevel: 1 }
    expect(finalizedFeatures).toContainEqual(level)
  })

  it('the voter has a directory', async () => {
    await using client = await dynamicVoters()
    const { currentVoters } = await askQuorum(client)
    expect(currentVoters[0]!.replicaDirectoryId).not.toBe(zeroUuid)
  })

  it.each([
    [0, 'DUPLICATE_VOTER'],
    [7, 'REQUEST_TIMED_OUT'],
  ])('voter %i is not added: %s', async (voterId, error) => {
    await using client = await dynamicVoters()
    const answer = await client.request(addRaftVoter, 1, {
      clusterId: null,
      timeoutMs: 500,
      voterId,
      voterDirectoryId: directory,
      listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 9 }],
    })
    expect(named(answer).error).toBe(error)
  })

  it.each([0, 7])('voter %i is not removed', async voterId => {
    await using client = await dynamicVoters()
    const { replicaDirectoryId } = (await askQuorum(client)).currentVoters[0]!
    const voter = { clusterId: null, voterId, voterDirectoryId: replicaDirectoryId }
    const answer = await client.request(removeRaftVoter, 0, voter)
    expect(named(answer).error).toBe('VOTER_NOT_FOUND')
  })
})
