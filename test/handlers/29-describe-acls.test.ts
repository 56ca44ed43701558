import { describe, expect, it } from 'vitest'
import { describeAcls } from '../../protocol/apis/29-describe-acls.ts'
import { requestFrame } from '../raw-client.ts'
import { closedOrAnswered, latest, named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const any = 1
const everything = {
  resourceTypeFilter: any,
  resourceNameFilter: null,
  patternTypeFilter: any,
  principalFilter: null,
  hostFilter: null,
  operation: any,
  permissionType: any,
}

describe('DescribeAcls', () => {
  it.each(versionsOf(describeAcls))('v%i says that there is no authorizer', async version => {
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
    const request = { ...everything, resourceTypeFilter: 99, operation: -1 }
    const answer = await wire.client.request(describeAcls, latest(describeAcls), request)
    expect(named(answer).error).toBe('SECURITY_DISABLED')
  })
})
