/**
 * The command line asks any Kafka: the same commands print the same on Apache Kafka 4.3.1 and
 * here, but for ids, times, and what a broker is configured with.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canRunKafka, startKafka, type Kafka } from './kafka/kafka.ts'
import { startServer, type Server } from './server.ts'

const main = path.join(import.meta.dirname, '../bin/odradek.js')
const authorizer = 'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer'
const everybody = 'super.users=User:ANONYMOUS'
const skipped = canRunKafka() ? '' : ' (skipped: needs java and mvn)'

/**
 * One after the other; `$` stands for a word that is new in each run. `~`: the reason is in the
 * broker's own words, so that only what it is about is compared.
 */
const commands = [
  'topic create orders-$ -p 3 -c retention.ms=60000 -c cleanup.policy=delete',
  'topic create orders-$',
  'topic create orders-$ --if-not-exists --json',
  'topic create large-$ -r 7',
  '~topic create a/b',
  '~topic create other-$ -c retention=1',
  'topic describe orders-$',
  'topic describe nothing-$',
  'topic set orders-$ max.message.bytes=2000 --unset retention.ms -p 4',
  '~topic set orders-$ -p 2',
  'topic set orders-$ retention.ms=soon',
  'topic describe orders-$ --json',
  'produce orders-$ hello -k a -p 0',
  'produce orders-$ world -k b -p 1 -H h=v',
  'consume orders-$ --exit -f %t-%p@%o:%k=%v(%h)\\n',
  'consume orders-$ --exit --group billing-$ -f %p:%v\\n',
  'group describe billing-$',
  'group describe nobody-$',
  'group seek billing-$ --to start',
  'group seek billing-$ --to orders-$/1=1 --json',
  'group describe billing-$ --json',
  'wait records orders-$ 2 --timeout 5s',
  'wait group billing-$ --lag 0 --timeout 200ms',
  'wait group billing-$ --lag 9 --timeout 5s',
  'group kick billing-$ --all',
  'group delete billing-$',
  'group delete billing-$',
  'topic create compacted-$ -c cleanup.policy=compact',
  'produce compacted-$ hello -k a',
  'topic clear orders-$ compacted-$',
  'topic describe compacted-$ --json',
  'config topic orders-$ --changed',
  'config set group billing-$ consumer.session.timeout.ms=50000',
  'config group billing-$ --changed',
  'config set group billing-$ --unset consumer.session.timeout.ms',
  'config set topic orders-$ no.such.config=1',
  'config broker 77',
  'acl add User:alice-$ read,write topic orders- --prefixed',
  'acl list --principal User:alice-$',
  'acl list --resource topic/orders-$ --principal User:alice-$ --json',
  'acl remove User:alice-$',
  'quota set --user alice-$ producer_byte_rate=1000',
  '~quota set --user alice-$ no_such_rate=1000',
  'quota remove --user alice-$',
  'quota remove --user alice-$',
  'user add alice-$ --mechanism SCRAM-SHA-256 --iterations 4096',
  'user list',
  'user remove alice-$',
  'user remove alice-$',
  'txn abort nobody-$',
  'txn describe nobody-$',
  'topic delete orders-* compacted-$',
  'topic delete orders-$',
]

describe.skipIf(skipped !== '')(`the command line${skipped}`, () => {
  let [kafka, server]: [Kafka?, Server?] = []
  let brokers: { kafka: string; ours: string }

  beforeAll(async () => {
    const given = process.env['KAFKA_BOOTSTRAP']
    server = await startServer('--set', authorizer, '--set', everybody)
    if (given === undefined) kafka = await startKafka(authorizer, everybody)
    brokers = { kafka: given ?? kafka!.bootstrapServers, ours: server.bootstrapServers }
  }, 240_000)
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await kafka?.[Symbol.asyncDispose]()
  })

  it('prints the same on both', { timeout: 240_000 }, async () => {
    const word = Math.random().toString(36).slice(2, 8)
    const printed = await Promise.all([
      printedBy(brokers.kafka, word),
      printedBy(brokers.ours, word),
    ])
    expect(printed[1]).toEqual(printed[0])
  })
})

/** What each command gives: its exit code, and what it prints. */
async function printedBy(bootstrapServers: string, word: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const [i, command] of commands.entries()) {
    const args = command.replace('~', '').replaceAll('$', word).trim().split(' ')
    const isUser = args[0] === 'user'
    const { code, output } = await run([...args, '-b', bootstrapServers], isUser ? 'pencil\n' : '')
    const text = neutral(output.replaceAll(word, '$'))
    const compared = command.startsWith('~') ? text.split(':').slice(0, 2).join(':') : text
    all[`${i} ${command}`] = `${code}: ${compared}`
  }
  return all
}

/** Ids, times and hosts are each broker's own. */
function neutral(output: string): string {
  return output
    .replaceAll(/"(topicId|timestamp)":("[^"]*"|\d+)/g, '"$1":…')
    .replaceAll(/(?<=\s)[\w-]{22}(?=\n)/g, 'ID')
    .replaceAll(/"(leader|leaderEpoch)":\d+/g, '"$1":N')
    .replaceAll(/"(replicas|inSync)":\[\d+\]/g, '"$1":[N]')
    .replaceAll(/after \d+ ms/g, 'after N ms')
    .replaceAll(/^( +\d)( +)\d( +)\d( +)\d( +\d)/gm, '$1$2N$3N$4N$5')
}

async function run(args: string[], input: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [main, ...args])
  child.stdin.end(input)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}
