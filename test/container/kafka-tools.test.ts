import { expect, it } from 'vitest'
import { kafkaTool } from '../../src/container/kafka-tools.ts'

function tool(line: string): string {
  const [name = '', ...argv] = line.split(' ')
  return kafkaTool(name, argv).argv.join(' ')
}

it.each([
  [
    'kafka-topics --bootstrap-server kafka:9092 --list',
    'topic list --internal --json -b kafka:9092',
  ],
  ['kafka-topics --list --exclude-internal', 'topic list --json'],
  [
    'kafka-topics --create --if-not-exists --topic a --partitions 3 --config x=1 --config y=2',
    'topic create -p 3 -c x=1 -c y=2 --if-not-exists -- a',
  ],
  ['kafka-topics --describe --topic a', 'topic describe -- a'],
  ['kafka-topics --describe', 'topic list'],
  ['kafka-topics --alter --topic a --partitions=6', 'topic set -p 6 -- a'],
  ['kafka-topics --delete --topic a', 'topic delete --yes -- a'],
  ['kafka-console-producer --broker-list k:1 --topic a', 'produce -b k:1 -- a'],
  [
    'kafka-console-producer --topic a --property parse.key=true --property key.separator=:',
    'produce -K : -- a',
  ],
  [
    'kafka-console-consumer --topic a --from-beginning --max-messages 1 --timeout-ms 5000',
    'consume -o start -f %v\\n -n 1 --exit -- a',
  ],
  [
    'kafka-console-consumer --topic a --property print.key=true --partition 0 --offset 5',
    'consume -o 5 -f %k\\t%v\\n -p 0 -- a',
  ],
  ['kafka-consumer-groups --list', 'group list --json'],
  ['kafka-consumer-groups --describe --group g', 'group describe -- g'],
  ['kafka-consumer-groups --describe --all-groups', 'group list'],
  ['kafka-consumer-groups --delete --group g', 'group delete --yes -- g'],
  [
    'kafka-consumer-groups --reset-offsets --group g --all-topics --to-earliest --execute',
    'group seek --to start -- g',
  ],
  [
    'kafka-consumer-groups --reset-offsets --group g --topic a --to-datetime 2026-11-21T10:00',
    'group seek --to @2026-11-21T10:00 --topic a --dry-run -- g',
  ],
  [
    'kafka-configs --alter --entity-type brokers --entity-name 1 --add-config a=[b,c],d=e',
    'config set -- broker 1 a=b,c d=e',
  ],
  [
    'kafka-configs --alter --topic t --delete-config a,b',
    'config set --unset a --unset b -- topic t',
  ],
  ['kafka-configs --describe --entity-type topics --entity-name t --all', 'config topic -- t'],
  ['kafka-broker-api-versions --bootstrap-server k:1', 'api-versions -b k:1'],
])('%s is odradek %s', (line, argv) => {
  expect(tool(line)).toBe(argv)
})

it.each([
  [
    'kafka-topics --list --zookeeper z:2181',
    'kafka-topics: --zookeeper is not supported here; see odradek topic --help',
  ],
  ['kafka-topics --create', 'kafka-topics: --topic is needed'],
  ['kafka-topics list', 'kafka-topics: list: no flag'],
  ['kafka-acls --list', "kafka-acls: this tool of Kafka's is not here"],
])('%s is refused: %s', (line, message) => {
  expect(() => tool(line)).toThrow(message)
})
