/**
 * kafka-transactions: what operators see of transactions, and how they end those that hang
 * (KIP-664). With KAFKA_BOOTSTRAP set, against that broker: so these expectations were checked
 * against Apache Kafka 4.3.1.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { hang, type Hanging } from './oracle/hanging.ts'
import { useCluster } from './tools/cluster.ts'
import { skipped } from './tools/tools.ts'

const cluster = useCluster()

/** Whether brokers look if a transaction has the partition that is written to. */
async function verifyPartitions(isOn: boolean): Promise<void> {
  const config = `transaction.partition.verification.enable=${isOn}`
  await cluster.tools.run(
    `kafka-configs --alter --entity-type brokers --entity-default --add-config ${config}`,
  )
}

describe.skipIf(skipped)(`kafka-transactions${skipped}`, () => {
  let topic: string
  let hanging: Hanging
  let id: string

  beforeAll(async () => {
    topic = await cluster.newTopic('hung', '--partitions 1')
    id = `hanging-${topic}`
    await verifyPartitions(false)
    hanging = await hang(cluster.bootstrapServers, topic)
    await verifyPartitions(true)
    await cluster.produce(topic, 2)
  })

  async function producers(): Promise<string> {
    return await cluster.tools.run(
      `kafka-transactions describe-producers --topic ${topic} --partition 0`,
    )
  }

  it('lists transactions', async () => {
    const line = new RegExp(`^${id}\\s+\\d+\\s+${hanging.producerId}\\s+Empty\\s*$`, 'm')
    expect(await cluster.tools.run('kafka-transactions list')).toMatch(line)
    expect(
      await cluster.tools.run(`kafka-transactions list --transactional-id-pattern ${id}`),
    ).toMatch(line)
    expect(
      await cluster.tools.run('kafka-transactions list --transactional-id-pattern nobody'),
    ).not.toMatch(line)
  })

  it('describes a transaction', async () => {
    const { producerId, producerEpoch } = hanging
    expect(await cluster.tools.run(`kafka-transactions describe --transactional-id ${id}`)).toMatch(
      new RegExp(
        `^\\d+\\s+${id}\\s+${producerId}\\s+${producerEpoch}\\s+Empty\\s+15000\\s+None`,
        'm',
      ),
    )
    await cluster.refuses(
      `kafka-transactions describe --transactional-id nobody-${topic}`,
      'the ID could not be found',
    )
  })

  it('describes producers', async () => {
    const { producerId, producerEpoch } = hanging
    expect(await producers()).toMatch(
      new RegExp(
        `^${producerId}\\s+${producerEpoch}\\s+-?\\d+\\s+0\\s+1700000000000\\s+0\\s*$`,
        'm',
      ),
    )
  })

  it('finds what hangs, and aborts it', async () => {
    const { producerId, producerEpoch } = hanging
    const find = `kafka-transactions find-hanging --topic ${topic}`
    expect(await cluster.tools.run(find)).toMatch(
      new RegExp(`^${topic}\\s+0\\s+${producerId}\\s+${producerEpoch}\\s+`, 'm'),
    )
    await cluster.tools.run(
      `kafka-transactions abort --topic ${topic} --partition 0 --start-offset 0`,
    )
    expect(await producers()).toMatch(
      new RegExp(`^${producerId}\\s+${producerEpoch}\\s+\\d+\\s+\\d+\\s+\\d+\\s+None\\s*$`, 'm'),
    )
    expect(await cluster.tools.run(find)).not.toMatch(new RegExp(`^${topic}\\s`, 'm'))
    const consume = `kafka-console-consumer --topic ${topic} --from-beginning --max-messages 2`
    expect(await cluster.tools.run(`${consume} --isolation-level read_committed`)).toBe('v1\nv2\n')
  })

  it('ends a transaction by its id', async () => {
    const force = 'kafka-transactions forceTerminateTransaction --transactionalId'
    await cluster.tools.run(`${force} ${id}`)
    const { producerId, producerEpoch } = hanging
    expect(await cluster.tools.run(`kafka-transactions describe --transactional-id ${id}`)).toMatch(
      new RegExp(`^\\d+\\s+${id}\\s+${producerId}\\s+${producerEpoch + 1}\\s+Empty`, 'm'),
    )
  })
})
