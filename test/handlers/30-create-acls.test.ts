import { describe, expect, it } from 'vitest'
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { requestFrame } from '../raw-client.ts'
import { closedOrAnswered, latest, named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const allowRead = {
  resourceType: 2,
  resourceName: 'orders',
  resourcePatternType: 3,
  principal: 'User:alice',
  host: '*',
  operation: 3,
  permissionType: 3,
}

describe('CreateAcls', () => {
  it.each(versionsOf(createAcls))(
    'v%i says that there is no authorizer, for each',
    async version => {
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
    },
  )

  it('has nothing to say about none', async () => {
    const answer = await wire.client.request(createAcls, latest(createAcls), { creations: [] })
    expect(answer.results).toEqual([])
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
