import { describe, expect, it } from 'vitest'
import { describeAcls } from '../../protocol/apis/29-describe-acls.ts'
import { requestFrame } from '../raw-client.ts'
import { allowRead, createAll, everything, listed, openToAll } from './acls.ts'
import { closedOrAnswered, latest, named, onKafka, useBroker, versionsOf } from './wire.ts'

describe('DescribeAcls without an authorizer', () => {
  const wire = useBroker()

  it.each(versionsOf(describeAcls))('v%i says that there is none', async version => {
    const request = version === 0 ? { ...everything, patternTypeFilter: 3 } : everything
    expect(named(await wire.client.request(describeAcls, version, request))).toEqual({
      throttleTimeMs: 0,
      error: 'SECURITY_DISABLED',
      errorMessage: expect.stringMatching(/authorizer/i),
      resources: [],
    })
  })

  it.each(['resourceTypeFilter', 'patternTypeFilter', 'operation', 'permissionType'])(
    'does not read an unknown %s (DescribeAclsRequest)',
    async field => {
      const request = { ...everything, [field]: 0 }
      const frame = requestFrame(describeAcls, latest(describeAcls), request, 1)
      expect(await closedOrAnswered(await wire.connect(), frame)).toBe('closed')
    },
  )

  it('reads codes that do not exist', async () => {
    const answer = await listed(wire.client, { resourceTypeFilter: 99, operation: -1 })
    expect(answer.error).toBe('SECURITY_DISABLED')
  })
})

describe.skipIf(onKafka)('DescribeAcls (skipped on Apache Kafka: it has no authorizer)', () => {
  const wire = useBroker(openToAll)

  it.each(versionsOf(describeAcls))('v%i tells ACLs by their resources', async version => {
    const { client } = wire
    const prefixed = { resourcePatternType: 4, principal: 'User:*', operation: 2 }
    await createAll(client, {}, { operation: 4 }, prefixed)
    const filter = { ...everything, patternTypeFilter: version === 0 ? 3 : 1 }
    const { throttleTimeMs, errorCode, errorMessage, resources } = await client.request(
      describeAcls,
      version,
      filter,
    )
    expect({ throttleTimeMs, errorCode, errorMessage }).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: '',
    })
    const { principal, host, operation, permissionType } = allowRead
    const entry = { principal, host, operation, permissionType }
    const orders = { resourceType: 2, resourceName: 'orders' }
    const literal = { ...orders, patternType: 3, acls: [entry, { ...entry, operation: 4 }] }
    const all = {
      ...orders,
      patternType: 4,
      acls: [{ ...entry, principal: 'User:*', operation: 2 }],
    }
    expect(resources).toHaveLength(version === 0 ? 1 : 2)
    expect(resources.find(({ patternType }) => patternType === 3)?.acls.length).toBe(2)
    expect(resources).toEqual(expect.arrayContaining(version === 0 ? [literal] : [literal, all]))
  })

  it('knows none for codes that do not exist', async () => {
    for (const field of [
      'resourceTypeFilter',
      'patternTypeFilter',
      'operation',
      'permissionType',
    ]) {
      expect(await listed(wire.client, { [field]: 99 })).toMatchObject({
        error: 'NONE',
        resources: [],
      })
    }
  })
})
