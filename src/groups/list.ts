import type { Group } from './group.ts'

export interface ListedGroup {
  groupId: string
  protocolType: string
  groupState: string
  groupType: string
}

export interface GroupFilter {
  /** No entry: all. In any case of letters (KIP-518). */
  states: readonly string[]
  /** No entry: all. In any case of letters (KIP-848). */
  types: readonly string[]
}

export function list(groups: readonly Group[], filter: GroupFilter): ListedGroup[] {
  const states = new Set(filter.states.map(normalise))
  const types = new Set(filter.types.map(normalise))
  return groups
    .filter(({ type }) => types.size === 0 || types.has(type))
    .filter(({ state }) => states.size === 0 || states.has(normalise(state)))
    .map(({ groupId, protocolType, state, type }) => ({
      groupId,
      protocolType: protocolType ?? '',
      groupState: state,
      groupType: type,
    }))
}

function normalise(name: string): string {
  return name.trim().toLowerCase()
}
