/** Removes what requests may rightly create, so that what is in use then was leaked. */
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import { deleteGroups } from '../../protocol/apis/42-delete-groups.ts'
import { describeClientQuotas } from '../../protocol/apis/48-describe-client-quotas.ts'
import { alterClientQuotas } from '../../protocol/apis/49-alter-client-quotas.ts'
import { describeUserScram } from '../../protocol/apis/50-describe-user-scram-credentials.ts'
import { alterUserScram } from '../../protocol/apis/51-alter-user-scram-credentials.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { RawClient } from '../raw-client.ts'

/** Leaves the topics that are to stay, and no group, quota, user or ACL. */
export async function cleanUp(client: RawClient, stay: readonly string[]): Promise<void> {
  const { topics } = await client.request(metadata, 12, { topics: null })
  const others = topics.filter(({ name }) => !stay.includes(name!))
  await client.request(deleteTopics, 6, {
    topics: others.map(({ name }) => ({ name, topicId: zeroUuid })),
    timeoutMs: 10_000,
  })
  const { groups } = await client.request(listGroups, 5, { statesFilter: [], typesFilter: [] })
  await client.request(deleteGroups, 2, { groupsNames: groups.map(({ groupId }) => groupId) })
  await removeQuotas(client)
  await removeUsers(client)
  const any = { resourceNameFilter: null, principalFilter: null, hostFilter: null }
  const types = { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 }
  await client.request(deleteAcls, 3, { filters: [{ ...any, ...types }] })
}

async function removeQuotas(client: RawClient): Promise<void> {
  const all = { components: [], strict: false }
  const { entries } = await client.request(describeClientQuotas, 1, all)
  const removals = (entries ?? []).map(({ entity, values }) => ({
    entity,
    ops: values.map(({ key }) => ({ key, value: 0, remove: true })),
  }))
  await client.request(alterClientQuotas, 1, { entries: removals, validateOnly: false })
}

async function removeUsers(client: RawClient): Promise<void> {
  const { results } = await client.request(describeUserScram, 0, { users: null })
  const deletions = results.flatMap(({ user, credentialInfos }) =>
    credentialInfos.map(({ mechanism }) => ({ name: user, mechanism })),
  )
  await client.request(alterUserScram, 0, { deletions, upsertions: [] })
}
