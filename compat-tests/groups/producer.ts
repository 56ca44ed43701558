/** Sends a record to each partition every few milliseconds, and knows what was acknowledged. */
import type { Kafka } from 'kafkajs'
import type { Sent } from './history.ts'

const intervalMs = 25

export interface Producer {
  readonly sent: readonly Sent[]
  /** When the record with this value was sent, in milliseconds since the epoch. */
  sentAtMs(value: string): number | undefined
  /** Resolves when everything is acknowledged; rejects when anything was not. */
  stop(): Promise<void>
}

export async function startProducer(
  client: Kafka,
  topic: string,
  partitions: number,
): Promise<Producer> {
  // No record is sent twice, so each value has one offset.
  const producer = client.producer({ retry: { retries: 0 }, allowAutoTopicCreation: false })
  await producer.connect()
  const sent: Sent[] = []
  const times = new Map<string, number>()
  const ending = new AbortController()
  const send = async (round: number): Promise<void> => {
    const atMs = Date.now()
    const messages = Array.from({ length: partitions }, (_, partition) => {
      const value = `${partition}-${round}`
      times.set(value, atMs)
      return { partition, value }
    })
    const answers = await producer.send({ topic, messages, acks: -1 })
    for (const { partition, baseOffset } of answers) {
      sent.push({ partition, offset: Number(baseOffset), value: `${partition}-${round}`, atMs })
    }
  }
  const run = async (): Promise<void> => {
    for (let round = 0; !ending.signal.aborted; round++) {
      await send(round)
      await new Promise(resolve => setTimeout(resolve, intervalMs))
    }
  }
  const running = run()
  running.catch(() => undefined)
  return {
    sent,
    sentAtMs: value => times.get(value),
    async stop() {
      ending.abort()
      try {
        await running
      } finally {
        await producer.disconnect()
      }
    },
  }
}
