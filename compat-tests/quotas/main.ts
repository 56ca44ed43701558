/**
 * A client above its quota and one beside it, on Odradek or Apache Kafka, with Kafka's own tools;
 * writes quotas.md. `node compat-tests/quotas/main.ts odradek|kafka produce|consume`: each of them
 * takes a minute and a half, on a machine that does nothing else. Ends with 1 where the rate is
 * more than a tenth off.
 */
import { startKafka } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'
import { Tools } from '../tools/tools.ts'
import { consumeThrottled, fill, produceBystander, produceThrottled } from './perf.ts'
import { addResult, brokers, phases, type BrokerName, type Phase } from './results.ts'

const quota = 2 ** 20
const [name, phase] = process.argv.slice(2) as [BrokerName, Phase]
if (!Object.hasOwn(brokers, name) || !phases.includes(phase)) {
  throw new Error('usage: node compat-tests/quotas/main.ts odradek|kafka produce|consume')
}

await using broker = await (name === 'odradek' ? startServer('--durability', 'os') : startKafka())
await using tools = await Tools.start(broker.bootstrapServers)
await using others = await Tools.start(broker.bootstrapServers)
for (const topic of ['throttled', 'bystander']) {
  await tools.run(`kafka-topics --create --topic ${topic} --partitions 1 --replication-factor 1`)
}
if (phase === 'consume') await fill(tools, 'throttled', quota)
const of = '--entity-type clients --entity-name throttled'
const set = `producer_byte_rate=${quota},consumer_byte_rate=${quota}`
await tools.run(`kafka-configs --alter ${of} --add-config ${set}`)

const alone = await produceBystander(others, 'bystander', 15)
const client = phase === 'produce' ? produceThrottled : consumeThrottled
const [throttled, beside] = await Promise.all([
  client(tools, 'throttled', quota),
  produceBystander(others, 'bystander', 50),
])
const measured = { quota, throttled, alone, beside }
console.log(JSON.stringify(measured, undefined, 2))
addResult(name, phase, measured)
if (Math.abs(throttled.rate / quota - 1) > 0.1) process.exitCode = 1
