/** `odradek txn`: transactions that are open, what they hold up, and how to end them. */
import { Option } from 'commander'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { describeProducers } from '../../protocol/apis/61-describe-producers.ts'
import { describeTransactions } from '../../protocol/apis/65-describe-transactions.ts'
import { listTransactions } from '../../protocol/apis/66-list-transactions.ts'
import { errors } from '../../protocol/errors.ts'
import type { Client } from '../client/client.ts'
import { byTopic, type TopicPartition } from '../client/offsets.ts'
import { checkAnswer } from './broker-answers.ts'
import { declare, grouped, type View } from './command.ts'
import { confirm, yesOption, type ConfirmationFlags } from './confirmation.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { integer, listOf, nullable, object, string, type Described } from './json-schema.ts'

const transaction = object({
  transactionalId: string,
  producerId: integer,
  producerEpoch: integer,
  state: string,
  /** Since it began; null where there is none. */
  ageMs: nullable(integer),
  timeoutMs: integer,
  partitions: listOf(
    object({
      topic: string,
      partition: integer,
      /** Where readers of committed records stop; null before the first record. */
      blocksFrom: nullable(integer),
    }),
  ),
})

type Transaction = Described<typeof transaction>

const transactionList = object({ transactions: listOf(transaction) })

/** These are over; anything else holds readers up. */
const finalStates = ['Empty', 'CompleteCommit', 'CompleteAbort', 'Dead']

interface ListFlags extends ConnectionFlags {
  all?: true
}

const listCommand = declare<Described<typeof transactionList>, ListFlags>({
  name: 'list',
  summary: 'List open transactions: how old they are, and where they hold readers up.',
  options: [new Option('--all', 'With those that are over.'), ...connectionOptions],
  examples: [['txn', 'what keeps readers of committed records waiting']],
  output: transactionList,
  run: ({ options }) =>
    withClient(options, async client => {
      const all = await readTransactions(client)
      const meant = all.filter(each => options.all || !finalStates.includes(each.transactionState))
      const ids = meant.map(each => each.transactionalId).toSorted()
      return { transactions: await Promise.all(ids.map(id => describe(client, id))) }
    }),
  text: ({ transactions }, { table }) => tableOf(transactions, table),
  said: ({ transactions }) => (transactions.length > 0 ? undefined : 'no open transactions'),
})

const describeCommand = declare<Described<typeof transactionList>, ConnectionFlags>({
  name: 'describe',
  summary: 'Print transactions by their transactional ids.',
  arguments: [['<transactional-id...>', 'of producers']],
  options: [...connectionOptions],
  examples: [['txn describe billing-1', 'state, age, partitions']],
  output: transactionList,
  run: ({ args, options }) =>
    withClient(options, async client => ({
      transactions: await Promise.all(args.map(id => describe(client, id))),
    })),
  text: ({ transactions }, { table }) => tableOf(transactions, table),
})

function tableOf(transactions: readonly Transaction[], table: View['table']): string {
  return table(
    ['TRANSACTIONAL ID', 'PRODUCER', 'EPOCH', 'STATE', 'AGE MS', 'TIMEOUT MS', 'BLOCKS FROM'],
    transactions.map(each => [
      each.transactionalId,
      each.producerId,
      each.producerEpoch,
      each.state,
      each.ageMs,
      each.timeoutMs,
      each.partitions.map(partitionText).join(' '),
    ]),
  )
}

/** 'orders/0@42' */
function partitionText({
  topic,
  partition,
  blocksFrom,
}: Transaction['partitions'][number]): string {
  return `${topic}/${partition}${blocksFrom === null ? '' : `@${blocksFrom}`}`
}

/** Of all coordinators. */
async function readTransactions(client: Client) {
  const { brokers } = await client.metadata({ topics: [] })
  const answers = await Promise.all(
    brokers.map(({ nodeId }) =>
      client.send(
        listTransactions,
        { stateFilters: [], producerIdFilters: [] },
        { to: { node: nodeId }, check: ({ errorCode }) => checkAnswer('transactions', errorCode) },
      ),
    ),
  )
  return answers.flatMap(({ transactionStates }) => transactionStates)
}

async function describe(client: Client, transactionalId: string): Promise<Transaction> {
  const { transactionStates } = await client.send(
    describeTransactions,
    { transactionalIds: [transactionalId] },
    {
      to: { transactionalId },
      check: ({ transactionStates: [own] }) =>
        checkAnswer(`transactional id ${transactionalId}`, own?.errorCode ?? errors.NONE),
    },
  )
  const [own] = transactionStates
  const { producerId, transactionStartTimeMs: startMs } = own!
  const partitions = own!.topics
    .flatMap(({ topic, partitions: numbers }) => numbers.map(partition => ({ topic, partition })))
    .toSorted(byTopic)
  return {
    transactionalId,
    producerId,
    producerEpoch: own!.producerEpoch,
    state: own!.transactionState,
    ageMs: startMs < 0 ? null : Math.max(client.clock.now() - startMs, 0),
    timeoutMs: own!.transactionTimeoutMs,
    partitions: await Promise.all(
      partitions.map(async each => ({
        ...each,
        blocksFrom: await firstOffset(client, each, producerId),
      })),
    ),
  }
}

/** Where the transaction of a producer begins in a partition. */
async function firstOffset(
  client: Client,
  { topic, partition }: TopicPartition,
  producerId: number,
): Promise<number | null> {
  const { topics } = await client.send(
    describeProducers,
    { topics: [{ name: topic, partitionIndexes: [partition] }] },
    {
      to: { topic, partition },
      check: ({ topics: [answer] }) => {
        const [own] = answer?.partitions ?? []
        checkAnswer(`${topic}/${partition}`, own?.errorCode ?? errors.NONE, own?.errorMessage)
      },
    },
  )
  const producers = topics[0]?.partitions[0]?.activeProducers ?? []
  const start = producers.find(each => each.producerId === producerId)?.currentTxnStartOffset
  return start === undefined || start < 0 ? null : start
}

const aborted = object({ transactionalId: string, aborted: listOf(string) })

/** Not of any effect: the producer that has it is fenced. */
const timeoutMs = 60_000

const abortCommand = declare<Described<typeof aborted>, ConfirmationFlags>({
  name: 'abort',
  summary: 'Abort the open transaction of a transactional id, and fence its producer.',
  arguments: [['<transactional-id>', 'of the producer']],
  options: [yesOption, ...connectionOptions],
  examples: [['txn abort billing-1', 'its readers go on']],
  output: aborted,
  run: call =>
    withClient(call.options, async client => {
      const transactionalId = call.args[0]!
      const { state, partitions } = await describe(client, transactionalId)
      if (finalStates.includes(state)) {
        throw new Failure(
          `${transactionalId} has no open transaction (it is ${state}): odradek txn lists them`,
          1,
        )
      }
      await confirm(call, `abort the transaction of ${transactionalId}`)
      await client.send(
        initProducerId,
        { transactionalId, transactionTimeoutMs: timeoutMs },
        {
          to: { transactionalId },
          check: ({ errorCode }) => checkAnswer(`transactional id ${transactionalId}`, errorCode),
        },
      )
      return {
        transactionalId,
        aborted: partitions.map(({ topic, partition }) => `${topic}/${partition}`),
      }
    }),
  said: ({ transactionalId, aborted: partitions }) =>
    `aborted the transaction of ${transactionalId} in ${partitions.join(' ') || 'no partition'}`,
})

export const txnCommand = grouped('txn', 'Transactions: what is open, and ending it.', [
  listCommand,
  describeCommand,
  abortCommand,
])
