import { eventText, identityText } from '../groups/history.ts'
import type { Services } from '../handler.ts'
import { NotSettled } from './failures.ts'
import { describeGroup, listGroups, type DescribedGroup, type GroupPartition } from './groups.ts'
import { hasRecords } from './read.ts'
import { timeoutOf, untilText, Watch, type WaitOptions } from './watch.ts'

/**
 * Resolves when a group is stable, which takes members, and has committed all that there is to read
 * of what it is assigned or has committed before. Rejects with NotSettled at the timeout, and when
 * the broker is reset or closed meanwhile.
 */
export async function settledGroup(
  services: Services,
  groupId: string,
  options: WaitOptions = {},
): Promise<DescribedGroup> {
  const { groups, shareStates } = services
  const { signal } = options
  const timeoutMs = timeoutOf(options)
  const sources = () => [groups.changes, shareStates.changes]
  using watch = new Watch(services, sources, { timeoutMs, signal })
  for (;;) {
    watch.begin()
    const { end } = watch
    const { group, reasons } = await look(services, groupId)
    if (group !== undefined && reasons.length === 0) return group
    if (end === 'aborted') throw signal!.reason
    if (end !== undefined) {
      const what = `group '${groupId}' has not settled ${untilText(end, timeoutMs)}`
      throw new NotSettled([`${what}:`, ...reasons].join('\n  '), group)
    }
    await watch.wait()
  }
}

/** Why a group is not settled; nothing, if it is. */
async function look(
  services: Services,
  groupId: string,
): Promise<{ group?: DescribedGroup; reasons: string[] }> {
  if (services.groups.get(groupId) === undefined) {
    return { reasons: [`there is no such group; ${thereAre(services)}`] }
  }
  const group = await describeGroup(services, groupId)
  return { group, reasons: [...unrest(services, group), ...(await lags(services, group))] }
}

function thereAre(services: Services): string {
  const ids = listGroups(services).map(({ group }) => `'${group}'`)
  return ids.length === 0 ? 'there are none' : `there are ${ids.join(', ')}`
}

function unrest({ groups }: Services, { group, state, members }: DescribedGroup): string[] {
  const last = groups.history(group).at(-1)
  const since = last === undefined ? [] : [`its last rebalance began because ${eventText(last)}`]
  if (members.length === 0) return [`it is ${state}: it has no members`, ...since]
  const missing = members.flatMap(member => {
    return member.missing === undefined ? [] : [`${identityText(member)} ${member.missing}`]
  })
  if (state === 'Stable' && missing.length === 0) return []
  return [`it is ${state}`, ...missing, ...since]
}

async function lags({ topics }: Services, { type, partitions }: DescribedGroup): Promise<string[]> {
  const reasons = partitions.map(async each => {
    const log = topics.get(each.topic)?.partitions[each.partition]
    if (each.lag === 0 || log === undefined) return []
    // Of a share group, the lag says itself what is to be read.
    const from = each.committedOffset ?? log.startOffset
    const isBehind = type === 'share' || (await hasRecords(log, from))
    return isBehind ? [lagText(each)] : []
  })
  return (await Promise.all(reasons)).flat()
}

function lagText({ topic, partition, lag, committedOffset, endOffset }: GroupPartition): string {
  const records = lag === 1 ? '1 record' : `${lag} records`
  const committed =
    committedOffset === null ? 'nothing committed' : `committed ${committedOffset} of ${endOffset}`
  return `${topic}/${partition} is ${records} behind: ${committed}`
}
