import { crypto } from '../../protocol/builtins.ts'
import type { GroupTopics } from './step.ts'

/**
 * Stands for topics as they are: it changes when one of these appears, goes, is another one, or
 * gets partitions. '' when there is none.
 */
export function topicsHash(names: Iterable<string>, topics: GroupTopics): string {
  const known = [...names].toSorted().flatMap(name => topics.get(name) ?? [])
  const lines = known.map(({ name, id, partitions }) => `${name} ${id} ${partitions.length}`)
  return lines.length === 0 ? '' : crypto().hash('sha1', lines.join('\n'), 'base64url')
}
