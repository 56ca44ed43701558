import { describe, expect, it } from 'vitest'
import { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import { requestFrame } from '../raw-client.ts'
import { closedOrAnswered, latest, named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const ofOrders = {
  resourceTypeFilter: 2,
  resourceNameFilter: 'orders',
  patternTypeFilter: 3,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}

describe('DeleteAcls', () => {
  it.each(versionsOf(deleteAcls))(
    'v%i says that there is no authorizer, for each filter',
    async version => {
      const filters = [ofOrders, { ...ofOrders, resourceNameFilter: null }]
      const answer = await wire.client.request(deleteAcls, version, { filters })
      const disabled = {
        error: 'SECURITY_DISABLED',
        errorMessage: expect.stringMatching(/authorizer/i),
        matchingAcls: [],
      }
      expect(answer.throttleTimeMs).toBe(0)
      expect(answer.filterResults.map(named)).toEqual([disabled, disabled])
    },
  )

  it('has nothing to say about no filter', async () => {
    const answer = await wire.client.request(deleteAcls, latest(deleteAcls), { filters: [] })
    expect(answer.filterResults).toEqual([])
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
