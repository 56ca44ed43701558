import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import type { Input } from '../../protocol/schema.ts'
import type { GroupClient } from './group-client.ts'

export function joinRequest(
  options: Partial<Input<typeof joinGroup.request>> = {},
): Input<typeof joinGroup.request> {
  return {
    groupId: 'g',
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('subscription') }],
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    ...options,
  }
}

/** Makes a Stable group 'g' of one member, by an old version of JoinGroup; its member id. */
export async function becomeMember(client: GroupClient): Promise<string> {
  const joining = client.send(joinGroup, 3, joinRequest())
  client.clock.advance(0)
  const { memberId, generationId } = await joining
  const assignments = [{ memberId, assignment: Buffer.from('mine') }]
  await client.send(syncGroup, 0, { groupId: 'g', memberId, generationId, assignments })
  return memberId
}
