import { describe, expect, it } from 'vitest'
import { addRaftVoter } from '../../protocol/apis/80-add-raft-voter.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const voterDirectoryId = 'c29tZS1kaXJlY3RvcnktMQ'
const listeners = [{ name: 'CONTROLLER', host: 'localhost', port: 9 }]
const voter = { clusterId: null, timeoutMs: 500, voterId: 7, voterDirectoryId, listeners }

describe.each(versionsOf(addRaftVoter))('AddRaftVoter v%i', version => {
  it.each([
    ['of another cluster', { clusterId: 'another', voterId: -1 }, 'INCONSISTENT_CLUSTER_ID'],
    ['of the empty cluster', { clusterId: '' }, 'INCONSISTENT_CLUSTER_ID'],
    ['without an id', { voterId: -1, listeners: [] }, 'INVALID_REQUEST'],
    ['without a directory', { voterDirectoryId: zeroUuid }, 'INVALID_REQUEST'],
    ['without an endpoint', { listeners: [] }, 'INVALID_REQUEST'],
    [
      'with an endpoint elsewhere',
      { listeners: [{ ...listeners[0]!, name: 'OTHER' }] },
      'INVALID_REQUEST',
    ],
    ['of a cluster with static voters', {}, 'UNSUPPORTED_VERSION'],
  ])('refuses a voter %s', async (_, part, error) => {
    const answer = await wire.client.request(addRaftVoter, version, { ...voter, ...part })
    expect(named(answer)).toMatchObject({ error, throttleTimeMs: 0 })
    expect(answer.errorMessage).not.toBe('')
  })

  it('takes the id of the cluster', async () => {
    const { clusterId } = await wire.client.request(metadata, 12, { topics: [] })
    const answer = await wire.client.request(addRaftVoter, version, { ...voter, clusterId })
    expect(named(answer).error).toBe('UNSUPPORTED_VERSION')
  })
})
