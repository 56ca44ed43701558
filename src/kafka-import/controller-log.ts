/** What Kafka's controllers have stored, and no partition's folder has: configs of topics, ACLs. */
import { decodeControllerRecord } from '../../protocol/controller-records.ts'
import type { Fs } from '../../storage/file/fs.ts'
import type { AclRow } from '../../storage/metadata-store.ts'
import { readBatches, readKafkaLog, type ReadBatch } from './records.ts'

export interface ControllerState {
  /** What was set on topics, by their name and Kafka's name of the config. */
  configs: Map<string, Map<string, string>>
  /** Producer ids below this one may have been handed out. */
  nextProducerId: number
  /** By their ids. */
  acls: Map<string, AclRow>
}

/** From the last snapshot on (KIP-630). */
export async function readControllerLog(
  fs: Fs,
  directory: string | undefined,
): Promise<ControllerState> {
  const state: ControllerState = { configs: new Map(), nextProducerId: 0, acls: new Map() }
  if (directory === undefined) return state
  const names = await fs.readdir(directory)
  const snapshot = names
    .filter(name => /^\d{20}-\d{10}\.checkpoint$/.test(name))
    .toSorted()
    .at(-1)
  if (snapshot !== undefined) {
    for await (const batch of readBatches(fs, `${directory}/${snapshot}`)) apply(state, batch)
  }
  const from = Number(snapshot?.slice(0, 20) ?? 0)
  for await (const batch of readKafkaLog(fs, directory, from)) apply(state, batch)
  return state
}

function apply(state: ControllerState, { header, records }: ReadBatch): void {
  if (header.isControl) return
  const { configs, acls } = state
  for (const { value } of records) {
    const record = value === null ? undefined : decodeControllerRecord(value)
    if (record?.kind === 'topic') configs.set(record.name, new Map())
    if (record?.kind === 'producerIds') state.nextProducerId = record.nextProducerId
    if (record?.kind === 'acl') acls.set(record.id, record.acl)
    if (record?.kind === 'removedAcl') acls.delete(record.id)
    if (record?.kind !== 'topicConfig') continue
    const overrides = configs.get(record.topic) ?? new Map<string, string>()
    configs.set(record.topic, overrides)
    if (record.value === null) overrides.delete(record.name)
    else overrides.set(record.name, record.value)
  }
}
