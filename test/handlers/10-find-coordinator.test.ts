import { describe, expect, it } from 'vitest'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { errors } from '../../protocol/errors.ts'
import { GroupClient } from './group-client.ts'

const here = { nodeId: 5, host: 'broker.test', port: 9092, errorCode: 0 }
const nowhere = { nodeId: -1, host: '', port: -1, errorCode: errors.INVALID_REQUEST }
const shareKey = 'group:AAAAAAAAAAAAAAAAAAAAAQ:0'

describe('FindCoordinator', () => {
  it.each([0, 1, 2, 3])('v%i: this node, at the address that the client used', async version => {
    expect(await new GroupClient().send(findCoordinator, version, { key: 'g' })).toMatchObject(here)
    expect(await new GroupClient().send(findCoordinator, version, { key: '' })).toMatchObject(here)
  })

  it.each([4, 5, 6])('v%i: several keys (KIP-699)', async version => {
    const coordinatorKeys = ['g', '', 'h']
    const { coordinators } = await new GroupClient().send(findCoordinator, version, {
      coordinatorKeys,
    })
    expect(coordinators).toEqual(coordinatorKeys.map(key => ({ key, errorMessage: '', ...here })))
  })

  it.each([
    [1, 0, 'NONE'],
    [3, 0, 'NONE'],
    [3, 9, expect.stringMatching(/./)],
  ])('v%i, key type %i, has a message', async (version, keyType, errorMessage) => {
    const answer = await new GroupClient().send(findCoordinator, version, { key: 'g', keyType })
    expect(answer).toMatchObject({ errorMessage })
  })

  it.each([
    [1, 1, 't', here],
    [1, 2, shareKey, nowhere],
    [3, 9, 'g', nowhere],
    [3, -1, 'g', nowhere],
  ])(
    'v%i, key type %i, key %s (Kafka: CoordinatorType.forId)',
    async (version, keyType, key, answer) => {
      const client = new GroupClient()
      expect(await client.send(findCoordinator, version, { key, keyType })).toMatchObject(answer)
    },
  )

  it.each([
    [4, 1, 't', here],
    [5, 2, shareKey, nowhere],
    [6, 2, shareKey, here],
    [6, 2, 'group', nowhere],
    [6, 9, 'g', nowhere],
  ])('v%i, key type %i, key %s', async (version, keyType, key, answer) => {
    const request = { keyType, coordinatorKeys: [key] }
    const { coordinators } = await new GroupClient().send(findCoordinator, version, request)
    expect(coordinators).toMatchObject([{ key, ...answer }])
  })
})
