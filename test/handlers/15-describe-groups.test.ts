import { describe, expect, it } from 'vitest'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { errors } from '../../protocol/errors.ts'
import { GroupClient, versionsOf } from './group-client.ts'
import { becomeMember } from './group-member.ts'

const omitted = -(2 ** 31)
/** READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS, as Kafka 4.3 answers. */
const allowed = 3400

describe('DescribeGroups', () => {
  it.each(versionsOf(describeGroups))('v%i', async version => {
    const client = new GroupClient()
    const memberId = await becomeMember(client)
    const { groups } = await client.send(describeGroups, version, { groups: ['g', 'none'] })
    expect(groups).toEqual([
      {
        errorCode: 0,
        errorMessage: null,
        groupId: 'g',
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
        members: [
          {
            memberId,
            groupInstanceId: null,
            clientId: 'app',
            clientHost: '/10.0.0.1',
            memberMetadata: Buffer.from('subscription'),
            memberAssignment: Buffer.from('mine'),
          },
        ],
        authorizedOperations: omitted,
      },
      {
        errorCode: version >= 6 ? errors.GROUP_ID_NOT_FOUND : 0,
        errorMessage: version >= 6 ? 'Group none not found.' : null,
        groupId: 'none',
        groupState: 'Dead',
        protocolType: '',
        protocolData: '',
        members: [],
        authorizedOperations: omitted,
      },
    ])
  })

  it.each([
    [3, [allowed, allowed]],
    [6, [allowed, omitted]],
  ])('v%i: authorised operations, when asked for (KIP-430)', async (version, operations) => {
    const client = new GroupClient()
    await becomeMember(client)
    const request = { groups: ['g', 'none'], includeAuthorizedOperations: true }
    const { groups } = await client.send(describeGroups, version, request)
    expect(groups.map(group => group.authorizedOperations)).toEqual(operations)
  })
})
