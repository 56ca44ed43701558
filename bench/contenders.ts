/** The brokers that are compared, each in the mode that its name says. */
import { canRunKafka, startKafka } from '../compat-tests/kafka/kafka.ts'
import { startServer } from '../compat-tests/server.ts'

export interface Contender extends AsyncDisposable {
  readonly bootstrapServers: string
  readonly pid: number
  readonly dataDir: string
  /** A clean end; what is stored stays. */
  stop(): Promise<unknown>
  /** Resolves when it takes connections. */
  restart(): Promise<void>
}

/** Deleted topics leave the page cache at once: each round finds what the first one found. */
const deleteAtOnce = 'log.segment.delete.delay.ms=0'
/** A second instead of 15, so that what is compacted is compacted while it is measured. */
const compactSoon = 'log.cleaner.backoff.ms=1000'

/** As Kafka's own start script runs it (`kafka-run-class.sh`), but for the heap's first size. */
const kafkaJavaOptions = [
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
]

const starts = {
  os: (...configs) => startOdradek('os', configs),
  disk: (...configs) => startOdradek('disk', configs),
  kafka: (...configs) => startTunedKafka(...configs),
  'kafka-synced': (...configs) => startTunedKafka('log.flush.interval.messages=1', ...configs),
} satisfies Record<string, (...configs: string[]) => Promise<Contender>>

export type ContenderName = keyof typeof starts

export const contenderTitles: Readonly<Record<ContenderName, string>> = {
  os: 'Odradek, os',
  disk: 'Odradek, disk',
  kafka: 'Kafka',
  'kafka-synced': 'Kafka, flush.messages=1',
}

export function startContender(name: ContenderName, ...configs: string[]): Promise<Contender> {
  return starts[name](...configs)
}

/** All of them, or our own where Kafka cannot run. */
export function runnableContenders(): ContenderName[] {
  const all = Object.keys(starts) as ContenderName[]
  return canRunKafka() ? all : all.filter(name => !name.startsWith('kafka'))
}

function startOdradek(durability: 'os' | 'disk', configs: string[]): Promise<Contender> {
  const all = [deleteAtOnce, compactSoon, ...configs].flatMap(config => ['--set', config])
  return startServer('--durability', durability, ...all)
}

function startTunedKafka(...configs: string[]): Promise<Contender> {
  process.env['JAVA_TOOL_OPTIONS'] = kafkaJavaOptions.join(' ')
  // The first look for deleted logs would come after half a minute.
  const lookSoon = 'log.initial.task.delay.ms=100'
  return startKafka(deleteAtOnce, compactSoon, lookSoon, ...configs)
}
