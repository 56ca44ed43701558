/** The brokers that are compared, each in the mode that its name says. */
import { canRunKafka, startKafka } from '../compat-tests/kafka/kafka.ts'
import { startServer } from '../compat-tests/server.ts'

export interface Contender extends AsyncDisposable {
  readonly bootstrapServers: string
  readonly pid: number
  readonly dataDir: string
}

/** Deleted topics leave the page cache at once: each round finds what the first one found. */
const deleteAtOnce = 'log.segment.delete.delay.ms=0'

/** As Kafka's own start script runs it (`kafka-run-class.sh`), but for the heap's first size. */
const kafkaJavaOptions = [
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
]

const starts = {
  os: () => startServer('--durability', 'os', '--set', deleteAtOnce),
  disk: () => startServer('--durability', 'disk', '--set', deleteAtOnce),
  kafka: () => startTunedKafka(),
  'kafka-synced': () => startTunedKafka('log.flush.interval.messages=1'),
} satisfies Record<string, () => Promise<Contender>>

export type ContenderName = keyof typeof starts

export const contenderTitles: Readonly<Record<ContenderName, string>> = {
  os: 'Odradek, os',
  disk: 'Odradek, disk',
  kafka: 'Kafka',
  'kafka-synced': 'Kafka, flush.messages=1',
}

export function startContender(name: ContenderName): Promise<Contender> {
  return starts[name]()
}

/** All of them, or our own where Kafka cannot run. */
export function runnableContenders(): ContenderName[] {
  const all = Object.keys(starts) as ContenderName[]
  return canRunKafka() ? all : all.filter(name => !name.startsWith('kafka'))
}

function startTunedKafka(...configs: string[]): Promise<Contender> {
  process.env['JAVA_TOOL_OPTIONS'] = kafkaJavaOptions.join(' ')
  // The first look for deleted logs would come after half a minute.
  return startKafka(deleteAtOnce, 'log.initial.task.delay.ms=100', ...configs)
}
