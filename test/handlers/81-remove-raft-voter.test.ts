import { describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { removeRaftVoter } from '../../protocol/apis/81-remove-raft-voter.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { named, useBroker } from './wire.ts'

const wire = useBroker()
const voterDirectoryId = 'c29tZS1kaXJlY3RvcnktMQ'
const voter = { clusterId: null, voterId: 7, voterDirectoryId }

describe('RemoveRaftVoter', () => {
  it.each([
    ['of another cluster', { clusterId: 'another', voterId: -1 }, 'INCONSISTENT_CLUSTER_ID'],
    ['of the empty cluster', { clusterId: '' }, 'INCONSISTENT_CLUSTER_ID'],
    ['without an id', { voterId: -1 }, 'INVALID_REQUEST'],
    ['without a directory', { voterDirectoryId: zeroUuid }, 'INVALID_REQUEST'],
    ['of a cluster with static voters', {}, 'UNSUPPORTED_VERSION'],
  ])('refuses a voter %s', async (_, part, error) => {
    const answer = await wire.client.request(removeRaftVoter, 0, { ...voter, ...part })
    expect(named(answer)).toMatchObject({ error, throttleTimeMs: 0 })
    expect(answer.errorMessage).not.toBe('')
  })

  it('takes the id of the cluster', async () => {
    const { clusterId } = await wire.client.request(metadata, 12, { topics: [] })
    const answer = await wire.client.request(removeRaftVoter, 0, { ...voter, clusterId })
    expect(named(answer).error).toBe('UNSUPPORTED_VERSION')
  })
})
