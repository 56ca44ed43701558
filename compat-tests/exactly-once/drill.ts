/**
 * A chain of consume, transform and produce, while its broker is killed every few seconds, and its
 * copiers now and then: gives what was done, and what was wrong.
 */
import { randomUUID } from 'node:crypto'
import kafkajs, { type Admin } from 'kafkajs'
import { runTool } from '../tool.ts'
import { heartbeatIntervalMs, sessionTimeoutMs, type Broker } from './brokers.ts'
import { feeder, type Client } from './clients.ts'
import { Copiers, sleep, type Tally } from './copiers.ts'
import { complaints, countDuplicates, type Progress } from './judge.ts'
import { seededRandom, type Random } from './random.ts'
import { follow, readAll, type Follower } from './reader.ts'

export interface DrillOptions {
  records: number
  /** As long as records come, the broker and the copiers are killed. */
  seconds: number
  seed: number
}

export interface Report {
  records: number
  seconds: number
  brokerKills: number
  copierKills: number
  zombies: number
  tally: Tally
  /** Records of the output that are there, but aborted. */
  abortedRecords: number
  duplicates: number
  complaints: string[]
}

const partitionCount = 4
const keys = 100
const copierCount = 2
/** Far more than any client needs. */
const maxStallMs = 90_000

/** Runs all of it with topics and a group of its own. */
export async function runDrill(
  client: Client,
  broker: Broker,
  { records, seconds, seed }: DrillOptions,
): Promise<Report> {
  const startMs = performance.now()
  const { bootstrapServers } = broker
  const name = randomUUID()
  const [input, output] = [`input-${name}`, `output-${name}`]
  await createTopics(bootstrapServers, [input, output])
  const command = await client.copier.prepare()
  const reader = await client.reader.prepare()
  const feed = await feeder.prepare()
  const topics = { bootstrapServers, input, output, group: name }
  const how = { sessionTimeoutMs, heartbeatIntervalMs, protocol: client.protocol }
  await using follower = follow(reader, bootstrapServers, output)
  await using copiers = new Copiers({ command, ...topics, ...how }, copierCount)
  const numbers = [records, keys, seconds].map(String)
  const fed = runTool(feed.program, [...feed.args, bootstrapServers, input, ...numbers], {
    timeoutMs: seconds * 1000 + maxStallMs,
  })
  const faults = await disturb(broker, copiers, seededRandom(seed), seconds)
  await fed
  await untilCopied(follower, records, copiers)
  const failed = await copiers.stop()
  await follower.end()
  const outputRead = await readAll(reader, bootstrapServers, output, 'read_committed')
  const all = await readAll(reader, bootstrapServers, output, 'read_uncommitted')
  const history = {
    records,
    keys,
    input: await readAll(reader, bootstrapServers, input, 'read_committed'),
    output: outputRead,
    followed: follower.seen,
    progress: await progressOf(bootstrapServers, name, input),
  }
  return {
    records,
    seconds: (performance.now() - startMs) / 1000,
    ...faults,
    tally: copiers.tally,
    abortedRecords: all.length - outputRead.length,
    duplicates: countDuplicates(outputRead),
    complaints: [
      ...complaints(history),
      ...failed.map(transactionalId => `${transactionalId} did not end well`),
    ],
  }
}

type Faults = Pick<Report, 'brokerKills' | 'copierKills' | 'zombies'>

/** For so long; both kinds of faults at the same time. */
async function disturb(
  broker: Broker,
  copiers: Copiers,
  random: Random,
  seconds: number,
): Promise<Faults> {
  const endMs = performance.now() + seconds * 1000
  const faults = { brokerKills: 0, copierKills: 0, zombies: 0 }
  const pause = async (least: number, most: number): Promise<boolean> => {
    await sleep(Math.min(random.between(least, most), Math.max(0, endMs - performance.now())))
    return performance.now() < endMs
  }
  const killBroker = async (): Promise<void> => {
    while (await pause(1500, 4000)) {
      await broker.kill()
      await broker.restart()
      faults.brokerKills++
    }
  }
  const disturbCopiers = async (): Promise<void> => {
    while (await pause(2000, 6000)) {
      const victim = random.pick(copiers.transactionalIds)
      if (faults.copierKills <= faults.zombies) {
        await copiers.kill(victim)
        faults.copierKills++
      } else {
        // Shorter and longer than its session.
        await copiers.makeZombie(victim, random.between(1500, 2 * sessionTimeoutMs), 3000)
        faults.zombies++
      }
    }
  }
  await Promise.all([killBroker(), disturbCopiers()])
  return faults
}

async function untilCopied(follower: Follower, records: number, copiers: Copiers): Promise<void> {
  let [before, sinceMs] = [0, performance.now()]
  for (;;) {
    const count = follower.seen.length
    if (count >= records) return
    if (count > before) [before, sinceMs] = [count, performance.now()]
    if (performance.now() - sinceMs > maxStallMs) {
      const told = JSON.stringify(copiers.tally, null, 1)
      const what = `${count} of ${records} records copied, and no more come`
      throw new Error(`${what}: ${told}\n${copiers.complaint}`)
    }
    await sleep(50)
  }
}

async function withAdmin<Result>(
  bootstrapServers: string,
  run: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const brokers = [bootstrapServers]
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await run(admin)
  } finally {
    await admin.disconnect()
  }
}

async function createTopics(bootstrapServers: string, names: readonly string[]): Promise<void> {
  await withAdmin(bootstrapServers, async admin => {
    const topics = names.map(topic => ({ topic, numPartitions: partitionCount }))
    await admin.createTopics({ topics, waitForLeaders: true })
  })
}

async function progressOf(
  bootstrapServers: string,
  groupId: string,
  topic: string,
): Promise<Progress[]> {
  return await withAdmin(bootstrapServers, async admin => {
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
    const ends = await admin.fetchTopicOffsets(topic)
    return ends.map(({ partition, high }) => {
      const own = committed!.partitions.find(each => each.partition === partition)
      return { partition, committed: Number(own?.offset), end: Number(high) }
    })
  })
}
