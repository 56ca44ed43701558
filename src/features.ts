/**
 * The features of a cluster (KIP-584, KIP-1022): what it supports, and at what level each one is.
 * Clients choose protocols by them, so that a feature goes only as far as its API is served.
 */
import type { ApiRange } from '../protocol/api.ts'
import type { Release } from '../protocol/releases.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { FeatureRow, MetadataStore } from '../storage/metadata-store.ts'

interface Feature {
  readonly name: string
  /** First and last level. */
  readonly levels: readonly [number, number]
  /** Where a new cluster begins, if not with the last one. */
  readonly initial?: number
  /** What clients use it through: the key of an API, and the version that it takes. */
  readonly through?: readonly [apiKey: number, version: number]
  /** The least metadata.version for any level above 0. */
  readonly metadataVersion?: number
}

const metadataVersion = 'metadata.version'
const kraftVersion = 'kraft.version'

/** As Apache Kafka has them; with ZooKeeper, there are none. */
const featuresOf: Readonly<Record<Release, readonly Feature[]>> = {
  '2.8': [],
  '3.9': [
    { name: metadataVersion, levels: [1, 21] },
    { name: kraftVersion, levels: [0, 1], initial: 0 },
  ],
  '4.3': [
    { name: metadataVersion, levels: [7, 30] },
    { name: kraftVersion, levels: [0, 1], initial: 0 },
    // EndTxn gives a new epoch to each transaction (KIP-890).
    { name: 'transaction.version', levels: [0, 2], through: [26, 5] },
    // ConsumerGroupHeartbeat (KIP-848).
    { name: 'group.version', levels: [0, 1], through: [68, 0] },
    // DescribeTopicPartitions tells eligible leaders (KIP-966).
    {
      name: 'eligible.leader.replicas.version',
      levels: [0, 1],
      through: [75, 0],
      metadataVersion: 23,
    },
    // ShareGroupHeartbeat (KIP-932).
    { name: 'share.version', levels: [0, 1], through: [76, 1] },
    // StreamsGroupHeartbeat (KIP-1071).
    { name: 'streams.version', levels: [0, 1], through: [88, 0] },
  ],
}

/** Levels of metadata.version that store something else than the one before (MetadataVersion). */
const metadataChanges = [3, 5, 6, 7, 8, 11, 13, 14, 15, 17, 23, 30]

export type UpgradeType = (typeof upgradeTypes)[number]
const upgradeTypes = ['unknown', 'upgrade', 'safe downgrade', 'unsafe downgrade'] as const

/** Kafka's FeatureUpdate.UpgradeType. */
export function upgradeTypeOf(code: number): UpgradeType {
  return upgradeTypes[code] ?? 'unknown'
}

export interface FeatureUpdate {
  readonly feature: string
  readonly level: number
  readonly type: UpgradeType
}

interface Options {
  /** Whose features; null for the newest. */
  release: Release | null
  apis: readonly ApiRange[]
  metadata: Pick<MetadataStore, 'commit'>
}

export class Features {
  readonly #byName: ReadonlyMap<string, Feature>
  /** Levels that somebody has set. Where nobody has, a feature is at its initial level. */
  readonly #set = new Map<string, number>()
  readonly #metadata: Pick<MetadataStore, 'commit'>

  constructor({ release, apis, metadata }: Options) {
    this.#metadata = metadata
    this.#byName = new Map(
      featuresOf[release ?? '4.3'].map(feature => [feature.name, limited(feature, apis)]),
    )
  }

  load(rows: ReadonlyMap<string, FeatureRow>): void {
    for (const [name, { level }] of rows) this.#set.set(name, level)
  }

  /** First and last level of those that can be more than 0. */
  get supported(): { name: string; minVersion: number; maxVersion: number }[] {
    return [...this.#byName.values()]
      .filter(({ levels }) => levels[1] > 0)
      .map(({ name, levels }) => ({ name, minVersion: levels[0], maxVersion: levels[1] }))
  }

  /** The levels that hold, where they are more than 0. */
  get finalized(): { name: string; level: number }[] {
    return [...this.#byName.keys()]
      .map(name => ({ name, level: this.level(name) }))
      .filter(({ level }) => level > 0)
  }

  /** The level that holds: as set, as far as it is supported now; 0 for an unknown feature. */
  level(name: string): number {
    const feature = this.#byName.get(name)
    if (feature === undefined) return 0
    const [first, last] = feature.levels
    const level = this.#set.get(name) ?? feature.initial ?? last
    return Math.min(Math.max(level, first), last)
  }

  /** Voters of the metadata log can be added and removed (KIP-853). */
  get hasDynamicVoters(): boolean {
    return this.level(kraftVersion) >= 1
  }

  /**
   * All of the updates or none; of several for a feature, the last one counts. They are durable
   * when this resolves. Throws INVALID_UPDATE_VERSION for one that cannot be.
   */
  async update(updates: readonly FeatureUpdate[], validateOnly: boolean): Promise<void> {
    const last = new Map(updates.map(update => [update.feature, update]))
    for (const update of last.values()) this.#check(update, last)
    const changes = [...last.values()].filter(({ feature, level }) => {
      return level !== this.level(feature)
    })
    if (validateOnly || changes.length === 0) return
    for (const { feature, level } of changes) this.#set.set(feature, level)
    await this.#metadata.commit(
      changes.map(({ feature, level }) => {
        return { kind: 'feature', key: feature, value: { level } } as const
      }),
    )
  }

  /** The rules of Kafka's FeatureControlManager, in its order. */
  #check(update: FeatureUpdate, all: ReadonlyMap<string, FeatureUpdate>): void {
    const { feature: name, level, type } = update
    const feature = this.#byName.get(name)
    if (type === 'unknown') throw refusal(update, 'there is no such type of upgrade')
    if (level < 0) throw refusal(update, 'a level cannot be less than 0')
    if (feature === undefined) throw refusal(update, 'there is no such feature')
    checkSupported(update, feature)
    const current = this.level(name)
    if (level < current && type === 'upgrade') {
      throw refusal(update, `it is at ${current}, and an upgrade does not downgrade`)
    }
    if (level > current && type !== 'upgrade') {
      throw refusal(update, `it is at ${current}, and a downgrade does not upgrade`)
    }
    if (level < current) checkDowngrade(update, current)
    const needed = level > 0 ? (feature.metadataVersion ?? 0) : 0
    const metadataLevel = all.get(metadataVersion)?.level ?? this.level(metadataVersion)
    if (metadataLevel < needed) throw refusal(update, `it needs ${metadataVersion} ${needed}`)
  }
}

/** Where the API is not served, nothing but 0 is supported. */
function limited(feature: Feature, apis: readonly ApiRange[]): Feature {
  const { through, levels } = feature
  if (through === undefined) return feature
  const [apiKey, version] = through
  const api = apis.find(({ key }) => key === apiKey)
  const isServed = api !== undefined && api.versions[0] <= version && version <= api.versions[1]
  return isServed ? feature : { ...feature, levels: [levels[0], 0] }
}

function checkSupported(update: FeatureUpdate, { levels: [first, last] }: Feature): void {
  if (update.level >= first && update.level <= last) return
  if (last === 0) throw refusal(update, 'this cluster does not support the feature')
  throw refusal(update, `this cluster supports ${first} to ${last}`)
}

function checkDowngrade(update: FeatureUpdate, current: number): void {
  const { feature, level, type } = update
  if (feature === kraftVersion) throw refusal(update, 'it cannot be downgraded')
  const loses = metadataChanges.some(change => level < change && change <= current)
  if (feature !== metadataVersion || !loses) return
  throw refusal(
    update,
    type === 'unsafe downgrade'
      ? 'an unsafe downgrade of metadata is not supported'
      : `metadata that came since ${level} might be lost`,
  )
}

function refusal({ feature, level }: FeatureUpdate, reason: string): KafkaError {
  return new KafkaError('INVALID_UPDATE_VERSION', `cannot set ${feature} to ${level}: ${reason}`)
}
