/** Kafka's command-line tools, run from Apache Kafka's own jars. Needs Java 17 and Maven. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fetchJars } from '../kafka/kafka.ts'
import { missing } from '../tool.ts'

/** What a test's name says where they cannot be had; '' where they can. */
export const skipped =
  missing('javac', 'install a JDK of 17 or later') || missing('mvn', 'install Maven')

/** What the scripts of Apache Kafka's bin directory run. */
const scripts: Readonly<Record<string, string>> = {
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-client-metrics': 'org.apache.kafka.tools.ClientMetricsCommand',
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-share-consumer': 'org.apache.kafka.tools.consumer.ConsoleShareConsumer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-delegation-tokens': 'org.apache.kafka.tools.DelegationTokenCommand',
  'kafka-dump-log': 'org.apache.kafka.tools.DumpLogSegments',
  'kafka-e2e-latency': 'org.apache.kafka.tools.EndToEndLatency',
  'kafka-features': 'org.apache.kafka.tools.FeatureCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-groups': 'org.apache.kafka.tools.GroupsCommand',
  'kafka-leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'kafka-metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'kafka-share-groups': 'org.apache.kafka.tools.consumer.group.ShareGroupCommand',
  'kafka-streams-groups': 'org.apache.kafka.tools.streams.StreamsGroupCommand',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
  'kafka-verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
  'kafka-verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
}

/** How a tool ended, and what it printed. */
export interface ToolEnd {
  exitCode: number
  out: string
  err: string
}

/** A JVM that runs one tool after the other, as users run them: see Tools.java. */
export class Tools implements AsyncDisposable {
  readonly #bootstrapServers: string
  readonly #child
  readonly #answers: AsyncIterator<string>

  private constructor(bootstrapServers: string, classPath: string) {
    this.#bootstrapServers = bootstrapServers
    const program = path.join(import.meta.dirname, 'Tools.java')
    const flags = ['-Xmx512M', '-XX:TieredStopAtLevel=1', '-cp', classPath]
    const hooks = '--add-opens=java.base/java.lang=ALL-UNNAMED'
    this.#child = spawn('java', [...flags, hooks, program], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  static async start(bootstrapServers: string): Promise<Tools> {
    return new Tools(bootstrapServers, await fetchJars())
  }

  /** The output of a command that must succeed: a script, and its arguments between spaces. */
  async run(command: string, input?: string): Promise<string> {
    const { exitCode, out, err } = await this.end(command, input)
    if (exitCode !== 0) throw new Error(`${command}\nexit code ${exitCode}:\n${out}${err}`)
    return out
  }

  /** How a command ends that need not succeed. The address is added where it has none. */
  async end(command: string, input = ''): Promise<ToolEnd> {
    const [tool, args] = this.#parse(command)
    this.#child.stdin.write(`${JSON.stringify({ tool, args, input })}\n`)
    const answer = await this.#answers.next()
    if (answer.done === true) throw new Error(`the JVM ended while it ran ${command}`)
    return JSON.parse(answer.value) as ToolEnd
  }

  #parse(command: string): [tool: string, args: string[]] {
    const [script, ...args] = command.split(' ')
    const tool = scripts[script!]
    if (tool === undefined) throw new Error(`no script ${script}`)
    const address = ['--bootstrap-server', this.#bootstrapServers]
    const at = args.indexOf('BROKER')
    if (at >= 0) args.splice(at, 1, ...address)
    else if (script !== 'kafka-dump-log') args.unshift(...address)
    return [tool, args]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'close')
  }
}
