/** Reads several partitions in a fetch session, as Kafka's consumers do (KIP-227). */
import { errorName } from '../../protocol/errors.ts'
import type { World } from './client.ts'
import { Consumer, type FetchTopic } from './consumer.ts'
import { floorOf } from './reads.ts'

interface Position {
  topicId: string
  name: string
  partition: number
  offset: number
  /** As the session knows it; undefined for not at all. */
  toldOffset: number | undefined
}

/** Rounds without anything new after which there is nothing more. */
const idleRounds = 2

export class SessionConsumer extends Consumer {
  #sessionId = 0
  #epoch = 0
  readonly #positions: Position[]

  /** Of all topics that stay. */
  constructor(world: World, name: string, isCommitted: boolean) {
    super(world, name, isCommitted)
    this.#positions = world.topics
      .filter(({ isBrief }) => !isBrief)
      .flatMap(({ id, name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => {
          return { topicId: id!, name, partition, offset: 0, toldOffset: undefined }
        }),
      )
  }

  /** Returns whether there was anything new. */
  async poll(maxBytes: number): Promise<boolean> {
    return this.persist('Fetch in a session', () => this.#poll(maxBytes))
  }

  /** Reads what is left: all that is stable must come, since the session is told what is new. */
  async drain(): Promise<void> {
    for (let idle = 0; idle < idleRounds;) idle = (await this.poll(1_000_000)) ? 0 : idle + 1
    const { history } = this.world
    for (const { topicId, partition, offset } of this.#positions) {
      const { name, highWatermark } = history.partition(topicId, partition)
      if (offset >= highWatermark) continue
      history.report(`${name}: ${this.name} was told nothing from ${offset} to ${highWatermark}`)
    }
  }

  async #poll(maxBytes: number): Promise<boolean | undefined> {
    const { clock, history } = this.world
    const sentMs = clock.monotonic()
    const floors = new Map(
      this.#positions.map(each => {
        return [each, floorOf(history.partition(each.topicId, each.partition))] as const
      }),
    )
    const told = this.#positions.filter(({ offset, toldOffset }) => offset !== toldOffset)
    const session = { sessionId: this.#sessionId, sessionEpoch: this.#epoch }
    // Whoever loses a reply begins a new session.
    this.#forget()
    const response = await this.fetch(session, topicsOf(told, maxBytes), maxBytes)
    if (response.errorCode !== 0) {
      const error = errorName(response.errorCode)
      if (!error.startsWith('FETCH_SESSION') && error !== 'INVALID_FETCH_SESSION_EPOCH') {
        history.report(`${this.name}: Fetch in a session: ${error}`)
      }
      return undefined
    }
    for (const position of this.#positions) position.toldOffset = position.offset
    this.#sessionId = response.sessionId
    this.#epoch = session.sessionEpoch + 1
    let isNew = false
    for (const { topicId, partitions } of response.responses) {
      for (const found of partitions) {
        const position = this.#positions.find(
          each => each.topicId === topicId && each.partition === found.partitionIndex,
        )!
        const { offset: from } = position
        const error = errorName(found.errorCode)
        if (error === 'OFFSET_OUT_OF_RANGE') {
          position.offset = await this.startOffset(position.name, position.partition)
        } else if (error === 'NONE') {
          const floor = floors.get(position)!
          position.offset = this.see(topicId, found, { from, floor, sentMs }).next
        } else if (!this.isRetriable(found.errorCode)) {
          history.report(`${this.name}: Fetch in a session: ${error}`)
        }
        isNew ||= position.offset !== from
      }
    }
    return isNew
  }

  #forget(): void {
    this.#sessionId = 0
    this.#epoch = 0
    for (const position of this.#positions) position.toldOffset = undefined
  }
}

function topicsOf(positions: readonly Position[], partitionMaxBytes: number): FetchTopic[] {
  const ids = new Set(positions.map(({ topicId }) => topicId))
  return Array.from(ids, topicId => {
    const partitions = positions
      .filter(each => each.topicId === topicId)
      .map(({ partition, offset: fetchOffset }) => ({ partition, fetchOffset, partitionMaxBytes }))
    return { topicId, partitions }
  })
}
