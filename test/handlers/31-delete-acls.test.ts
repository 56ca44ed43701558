import { describe, expect, it } from 'vitest'
import { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import { RawClient, requestFrame } from '../raw-client.ts'
import {
  allowRead,
  createAll,
  everything,
  listed,
  openToAll,
  withAuthorizer,
  type Filter,
} from './acls.ts'
import { MemoryStorage } from './memory-storage.ts'
import { closedOrAnswered, latest, named, onKafka, useBroker, versionsOf } from './wire.ts'

const ofOrders = { ...everything, resourceTypeFilter: 2, resourceNameFilter: 'orders' }

async function deleted(client: RawClient, ...filters: Partial<Filter>[]) {
  const { filterResults } = await client.request(deleteAcls, latest(deleteAcls), {
    filters: filters.map(filter => ({ ...ofOrders, ...filter })),
  })
  return filterResults.map(named)
}

describe('DeleteAcls without an authorizer', () => {
  const wire = useBroker()

  it.each(versionsOf(deleteAcls))('v%i says that there is none, for each', async version => {
    const filter = { ...ofOrders, patternTypeFilter: 3 }
    const filters = [filter, { ...filter, resourceNameFilter: null }]
    const answer = await wire.client.request(deleteAcls, version, { filters })
    const disabled = {
      error: 'SECURITY_DISABLED',
      errorMessage: expect.stringMatching(/authorizer/i),
      matchingAcls: [],
    }
    expect(answer.throttleTimeMs).toBe(0)
    expect(answer.filterResults.map(named)).toEqual([disabled, disabled])
  })

  it('has nothing to say about no filter', async () => {
    expect(await deleted(wire.client)).toEqual([])
  })

  it.each(['resourceTypeFilter', 'patternTypeFilter', 'operation', 'permissionType'])(
    'does not read an unknown %s (DeleteAclsRequest)',
    async field => {
      const filters = [ofOrders, { ...ofOrders, [field]: 0 }]
      const frame = requestFrame(deleteAcls, latest(deleteAcls), { filters }, 1)
      expect(await closedOrAnswered(await wire.connect(), frame)).toBe('closed')
    },
  )
})

describe.skipIf(onKafka)('DeleteAcls (skipped on Apache Kafka: it has no authorizer)', () => {
  const wire = useBroker(openToAll)
  const { resourcePatternType: patternType, ...rest } = allowRead
  const told = { errorCode: 0, errorMessage: null, patternType, ...rest }

  it.each(versionsOf(deleteAcls))('v%i tells what it deletes', async version => {
    await createAll(wire.client, {}, { resourcePatternType: 4 })
    const filters = [{ ...ofOrders, patternTypeFilter: version === 0 ? 3 : 1 }]
    const { filterResults } = await wire.client.request(deleteAcls, version, { filters })
    const prefixed = { ...told, patternType: 4 }
    expect(filterResults.map(named)).toEqual([
      {
        error: 'NONE',
        errorMessage: null,
        matchingAcls: version === 0 ? [told] : [told, prefixed],
      },
    ])
    const { resources } = await listed(wire.client)
    expect(resources).toHaveLength(version === 0 ? 1 : 0)
    await deleted(wire.client, {})
  })

  it('tells of an ACL for each filter that means it, and of each wrong filter', async () => {
    await createAll(wire.client, {})
    const answers = await deleted(
      wire.client,
      {},
      { principalFilter: 'User:alice' },
      { principalFilter: 'User:bob' },
      { operation: 99 },
      { resourceTypeFilter: 99 },
    )
    expect(answers).toEqual([
      { error: 'NONE', errorMessage: null, matchingAcls: [told] },
      { error: 'NONE', errorMessage: null, matchingAcls: [told] },
      { error: 'NONE', errorMessage: null, matchingAcls: [] },
      { error: 'INVALID_REQUEST', errorMessage: 'Unknown entryFilter.', matchingAcls: [] },
      { error: 'INVALID_REQUEST', errorMessage: 'Unknown patternFilter.', matchingAcls: [] },
    ])
  })
})

describe.skipIf(onKafka)('ACLs over restarts (skipped on Apache Kafka)', () => {
  it('hold with an authorizer, and stay for it where there is none', async () => {
    const storage = new MemoryStorage()
    const mayDescribe = { resourceType: 4, resourceName: 'kafka-cluster', operation: 8 }
    const anonymous = { ...mayDescribe, principal: 'User:ANONYMOUS' }
    const steps = [
      [openToAll, 'NONE'],
      [{}, 'SECURITY_DISABLED'],
      [withAuthorizer, 'NONE'],
    ] as const
    for (const [configs, error] of steps) {
      const broker = await storage.start(configs)
      await using client = await RawClient.connect(broker.bootstrapServers)
      if (configs === openToAll) await createAll(client, anonymous)
      expect((await listed(client)).error).toBe(error)
      const mayAlter = configs === openToAll
      if (configs !== steps[1][0]) {
        const [{ error: answer } = { error: 'NONE' }] = await createAll(client, {})
        expect(answer).toBe(mayAlter ? 'NONE' : 'CLUSTER_AUTHORIZATION_FAILED')
      }
      await broker.close()
    }
  })
})
