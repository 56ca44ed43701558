import { describe, expect, it } from 'vitest'
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { requestFrame } from '../raw-client.ts'
import { allowRead, createAll, listed, openToAll } from './acls.ts'
import { closedOrAnswered, latest, named, onKafka, useBroker, versionsOf } from './wire.ts'

describe('CreateAcls without an authorizer', () => {
  const wire = useBroker()

  it.each(versionsOf(createAcls))('v%i says that there is none, for each', async version => {
    const creations = [allowRead, { ...allowRead, resourceName: '' }]
    const { throttleTimeMs, results } = await wire.client.request(createAcls, version, {
      creations,
    })
    const disabled = {
      error: 'SECURITY_DISABLED',
      errorMessage: expect.stringMatching(/authorizer/i),
    }
    expect(throttleTimeMs).toBe(0)
    expect(results.map(named)).toEqual([disabled, disabled])
  })

  it('has nothing to say about none', async () => {
    expect(await createAll(wire.client)).toEqual([])
  })

  it.each(['resourceType', 'resourcePatternType', 'operation', 'permissionType'])(
    'does not read an unknown %s (CreateAclsRequest)',
    async field => {
      const creations = [allowRead, { ...allowRead, [field]: 0 }]
      const frame = requestFrame(createAcls, latest(createAcls), { creations }, 1)
      expect(await closedOrAnswered(await wire.connect(), frame)).toBe('closed')
    },
  )
})

describe.skipIf(onKafka)('CreateAcls (skipped on Apache Kafka: it has no authorizer)', () => {
  const wire = useBroker(openToAll)
  const good = { error: 'NONE', errorMessage: '' }

  it.each(versionsOf(createAcls))('v%i creates, and again as if it had not', async version => {
    const resourceName = `by-v${version}`
    for (const _ of [1, 2]) {
      const creations = [{ ...allowRead, resourceName }]
      const { results } = await wire.client.request(createAcls, version, { creations })
      expect(results.map(named)).toEqual([good])
    }
    const { resources } = await listed(wire.client, { resourceNameFilter: resourceName })
    expect(resources.flatMap(({ acls }) => acls)).toHaveLength(1)
  })

  it.each<[string, Partial<typeof allowRead>, RegExp]>([
    ['a resource that does not exist', { resourceType: 99 }, /Invalid resourceType UNKNOWN/],
    ['a pattern that does not exist', { resourcePatternType: 9 }, /Invalid patternType UNKNOWN/],
    ['an operation that does not exist', { operation: -1 }, /Invalid operation UNKNOWN/],
    ['a permission that does not exist', { permissionType: 9 }, /Invalid permissionType UNKNOWN/],
    ['an empty name', { resourceName: '' }, /Invalid empty resource name/],
    ['another cluster', { resourceType: 4 }, /only valid name .* is kafka-cluster/],
    ['every cluster', { resourceType: 4, resourceName: '*' }, /only valid name/],
    ['a principal without a type', { principal: 'alice' }, /parse principal from `alice`/],
  ])('refuses %s alone (AclControlManagerTest, RULES 140)', async (_, change, message) => {
    const [refused, created] = await createAll(wire.client, change, { resourceName: 'beside' })
    expect(refused).toEqual({
      error: 'INVALID_REQUEST',
      errorMessage: expect.stringMatching(message),
    })
    expect(created).toEqual(good)
  })

  it.each<Partial<typeof allowRead>>([
    { resourceType: 1 },
    { resourcePatternType: 1 },
    { resourcePatternType: 2 },
    { operation: 1 },
    { permissionType: 1 },
  ])('refuses all with what only filters have, as Kafka does: %j', async change => {
    const results = await createAll(wire.client, { resourceName: 'unborn' }, change)
    expect(results.map(({ error }) => error)).toEqual(Array(2).fill('UNKNOWN_SERVER_ERROR'))
    expect((await listed(wire.client, { resourceNameFilter: 'unborn' })).resources).toEqual([])
  })

  it('takes what Kafka takes, sense or not', async () => {
    const cluster = { resourceType: 4, resourceName: 'kafka-cluster' }
    const results = await createAll(
      wire.client,
      { ...cluster, operation: 7 },
      { ...cluster, resourcePatternType: 4, operation: 3 },
      { resourceName: '*', resourcePatternType: 4 },
      { resourceName: 'no/topic at all', host: '' },
      { principal: 'User:' },
      { resourceType: 7, resourceName: 'User:bob', operation: 13 },
      { resourceType: 5, operation: 15 },
    )
    expect(results).toEqual(results.map(() => good))
  })
})
