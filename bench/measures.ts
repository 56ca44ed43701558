/** What is done with a broker in one turn, and the figures that come of it. */
import type { Contender } from './contenders.ts'
import { runLoad, startLoad, type LoadFigures, type LoadOptions } from './load.ts'
import { cpuSeconds, diskBytes, forgetPeak, memory, shrunk } from './usage.ts'

/** By title, with the unit in it. */
export type Figures = Readonly<Record<string, number>>

/** The topic of the load is there, and empty. What else a turn creates, it deletes. */
export type Measure = (contender: Contender, load: SizedLoad) => Promise<Figures>

export type SizedLoad = LoadOptions & { bytes: number; partitions: number }

const megabyte = 1e6
const gigabyte = 1e9
/** More than any turn writes: whoever starts such a load ends it. */
const endlessBytes = 1e12

/** Produce, and nothing else. */
export const produce: Measure = async (contender, load) => {
  await forgetPeak(contender.pid)
  const rates = await throughput('produce', contender, load)
  return { ...rates, ...(await memoryFigures(contender)) }
}

/** Produce, then consume the same from the page cache. */
export const produceThenConsume: Measure = async (contender, load) => {
  await forgetPeak(contender.pid)
  const produced = await throughput('produce', contender, load)
  const consumed = await throughput('consume', contender, load)
  return { ...produced, ...consumed, ...(await memoryFigures(contender)) }
}

/** The same where all of it is encrypted. */
export const produceThenConsumeSecurely: Measure = async (contender, load) => ({
  ...(await throughput('produce', contender, load, 'TLS')),
  ...(await throughput('consume', contender, load, 'TLS')),
})

/** New connections that agree on keys, until each has its first answer. */
export const handshakes: Measure = async ({ pid }, load) => {
  const before = await cpuSeconds(pid)
  const figures = await runLoad('handshakes', load)
  const spent = (await cpuSeconds(pid)) - before
  return {
    'handshakes/s': figures['handshakesPerSecond']!,
    'handshake p50 ms': figures['handshakeP50Ms']!,
    'handshake p99 ms': figures['handshakeP99Ms']!,
    'handshake CPU ms': (spent * 1000) / figures['handshakes']!,
  }
}

/** Produce with sequence numbers, so that retries double nothing. */
export const produceIdempotently: Measure = (contender, load) =>
  throughput('produce', contender, { ...load, set: ['enable.idempotence=true'] }, 'idempotent')

/** Produce in transactions that are committed every so often, as the load says. */
export const produceInTransactions: Measure = (contender, load) =>
  throughput('produce', contender, load, 'transactional')

/** One transaction after the other, with one record each; at the same time on each connection. */
export const transactions: Measure = async ({ pid }, load) => {
  const before = await cpuSeconds(pid)
  const figures = await runLoad('transactions', load)
  const spent = (await cpuSeconds(pid)) - before
  return {
    'transactions/s': figures['transactionsPerSecond']!,
    'transaction p50 ms': figures['transactionP50Ms']!,
    'transaction p99 ms': figures['transactionP99Ms']!,
    'transaction CPU ms': (spent * 1000) / figures['records']!,
  }
}

/** `kind` tells its figures from those of others. */
async function throughput(
  command: 'produce' | 'consume',
  { pid }: Contender,
  load: LoadOptions,
  kind?: string,
): Promise<Figures> {
  const before = await cpuSeconds(pid)
  const figures = await runLoad(command, load)
  const spent = (await cpuSeconds(pid)) - before
  const title = kind === undefined ? command : `${kind} ${command}`
  return {
    [`${title} MB/s`]: figures['MBps']!,
    [`${title} CPU s/GB`]: (spent * gigabyte) / figures['bytes']!,
    [`${title} client CPU s/GB`]: (figures['clientCpuSeconds']! * gigabyte) / figures['bytes']!,
  }
}

/** A consumer that is there before the first record: how fast all have passed. */
export const consumeTail: Measure = async ({ pid }, load) => {
  await forgetPeak(pid)
  const before = await cpuSeconds(pid)
  const [consumed] = await Promise.all([runLoad('consume', load), runLoad('produce', load)])
  const spent = (await cpuSeconds(pid)) - before
  return {
    'tail MB/s': consumed['MBps']!,
    'tail CPU s/GB': (spent * gigabyte) / consumed['bytes']!,
  }
}

/** One record at a time, while nothing else happens. */
export const latency: Measure = async (_, load) => latencyFigures(await runLoad('latency', load))

/** One record at a time, while others produce to another topic at the rate of the load. */
export const latencyUnderLoad: Measure = async (contender, load) =>
  latencyFigures((await besideProducer(contender, load, [])).figures)

/** The same twice: while a topic is written that is compacted, and one that is not. */
export const latencyWhileCompacting: Measure = async (contender, load) => {
  const segments = ['segment.bytes=16777216', 'min.cleanable.dirty.ratio=0.01']
  const plain = await besideProducer(contender, load, segments)
  const compacted = await besideProducer(contender, load, [...segments, 'cleanup.policy=compact'])
  return {
    'ack p99 ms': plain.figures['ackP99Ms']!,
    'ack p99 ms, compacting': compacted.figures['ackP99Ms']!,
    'on disk MB': plain.storedBytes / megabyte,
    'on disk MB, compacting': compacted.storedBytes / megabyte,
  }
}

async function besideProducer(
  { dataDir }: Contender,
  { rate = 0, keys = 0, ...load }: SizedLoad,
  configs: readonly string[],
): Promise<{ figures: LoadFigures; storedBytes: number }> {
  const topic = { bootstrap: load.bootstrap, topic: 'background', partitions: 6 }
  await runLoad('create', { ...topic, set: configs })
  try {
    await using _ = await startLoad('produce', { ...topic, bytes: endlessBytes, rate, keys })
    const figures = await runLoad('latency', load)
    return { figures, storedBytes: await diskBytes(dataDir) }
  } finally {
    await runLoad('delete', topic)
    await shrunk(dataDir)
  }
}

function latencyFigures(figures: LoadFigures): Figures {
  return {
    'ack p50 ms': figures['ackP50Ms']!,
    'ack p99 ms': figures['ackP99Ms']!,
    'end-to-end p50 ms': figures['endToEndP50Ms']!,
    'end-to-end p99 ms': figures['endToEndP99Ms']!,
  }
}

/** Ends it and starts it again, with what it has stored: at first so many bytes. */
export const restart: Measure = async (contender, load) => {
  await runLoad('produce', load)
  await contender.stop()
  const startMs = performance.now()
  await contender.restart()
  const acceptedMs = performance.now() - startMs
  const startCpuSeconds = await cpuSeconds(contender.pid)
  await runLoad('consume', { ...load, bytes: 1 })
  const answeredMs = performance.now() - startMs
  const { residentBytes } = await memory(contender.pid)
  return {
    'start ms': acceptedMs,
    'first record ms': answeredMs,
    'start CPU s': startCpuSeconds,
    'idle memory MB': residentBytes / megabyte,
  }
}

async function memoryFigures({ pid }: Contender): Promise<Figures> {
  const { residentBytes, peakBytes } = await memory(pid)
  return { 'memory MB': residentBytes / megabyte, 'peak memory MB': peakBytes / megabyte }
}
