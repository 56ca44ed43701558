/** What there is to see when a test has failed: the last requests, and how each group stands. */
import { lagOf } from '../groups/offsets/lag.ts'
import type { Services } from '../handler.ts'
import { describeRequest, requestLines } from './described-request.ts'

const lastRequests = 20

/** Text for people, of several lines. */
export function reportOf(services: Services): string {
  const { trace, topics, faults } = services
  const all = trace?.requests() ?? []
  const last = all.slice(-lastRequests)
  const described = last.map(each => describeRequest(each, id => topics.getById(id)?.name))
  const title = all.length > last.length ? `the last ${last.length} requests` : 'all requests'
  return [
    ...section(title, requestLines(described), 'no client has asked for anything'),
    ...section('groups', groupLines(services), 'there are none'),
    ...section(
      'faults that never fired',
      faults.unfired().map(({ id, spec }) => `${id}  ${JSON.stringify(spec)}`),
    ),
  ].join('\n')
}

function section(title: string, lines: readonly string[], none?: string): string[] {
  if (lines.length > 0) return [`${title}:`, ...lines.map(line => `  ${line}`)]
  return none === undefined ? [] : [`${title}: ${none}`]
}

function groupLines({ groups, topics }: Services): string[] {
  return groups.list({ states: [], types: [] }).flatMap(({ groupId }) => {
    const group = groups.get(groupId)
    if (group === undefined) return []
    const { type, state, epoch } = group
    const members = group.memberViews(topics).map(({ memberId, assignment, missing }) => {
      const assigned = Object.entries(assignment).flatMap(([topic, indexes]) =>
        indexes.map(index => `${topic}/${index}`),
      )
      const lacks = missing === undefined ? '' : `  (${missing})`
      return `  member ${memberId}: ${assigned.join(' ') || 'nothing assigned'}${lacks}`
    })
    const offsets = lagOf(groups.offsets.of(groupId), topics).map(each => {
      const { topic, partition, committedOffset, endOffset, lag } = each
      return `  ${topic}/${partition}: committed ${committedOffset} of ${endOffset}, lag ${lag}`
    })
    return [`${groupId}: ${type}, ${state}, epoch ${epoch}`, ...members, ...offsets]
  })
}
