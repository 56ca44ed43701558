/** The brokers that clients are tried on, with the same listeners and users. */
import { startKafka } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'
import { Tools } from '../tools/tools.ts'
import { passwords, user } from './cases.ts'
import { besideController, listenerProperties, type Layout } from './listeners.ts'

export const topic = 'secured'

export async function startOdradek(layout: Layout): Promise<AsyncDisposable> {
  const properties = [...listenerProperties(layout), ...layout.properties]
  return prepared(layout, await startServer(...properties.flatMap(each => ['--set', each])))
}

/** Apache Kafka reads keys from nowhere but where its own command line allows it. */
export async function startApacheKafka(layout: Layout, keys: string): Promise<AsyncDisposable> {
  const allowed = `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${keys}`
  const before = process.env['JAVA_TOOL_OPTIONS']
  process.env['JAVA_TOOL_OPTIONS'] = allowed
  const kafka = await startKafka(...besideController(layout), ...layout.properties)
  if (before === undefined) delete process.env['JAVA_TOOL_OPTIONS']
  else process.env['JAVA_TOOL_OPTIONS'] = before
  return prepared(layout, kafka)
}

interface Started extends AsyncDisposable {
  readonly bootstrapServers: string
}

/** The topic, and users of SCRAM. */
async function prepared({ ports }: Layout, broker: Started): Promise<AsyncDisposable> {
  await using starting = new AsyncDisposableStack()
  const { bootstrapServers } = starting.use(broker)
  ports.PLAINTEXT = Number(bootstrapServers.split(':')[1])
  await using tools = await Tools.start(bootstrapServers)
  await tools.run(`kafka-topics --create --topic ${topic}`)
  const alter = `kafka-configs --alter --entity-type users --entity-name ${user}`
  // One request takes one credential of a user.
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    const credential = `${mechanism}=[iterations=4096,password=${passwords[mechanism]}]`
    await tools.run(`${alter} --add-config ${credential}`)
  }
  return starting.move()
}
