/**
 * A broker with an authorizer, and clients on it. The tests hold for Apache Kafka 4.3.1 as well:
 * KAFKA_BOOTSTRAP names its listener without authentication, whose clients are super users, and
 * KAFKA_SASL_BOOTSTRAP one with SASL/PLAIN, where alice's password is 'secret of alice'; there, one
 * file at a time (--no-file-parallelism).
 */
import { afterAll, afterEach, beforeAll } from 'vitest'
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import { describeAcls } from '../../protocol/apis/29-describe-acls.ts'
import { errorName } from '../../protocol/errors.ts'
import { startBroker } from '../../src/index.ts'
import { everything, openToAll } from '../handlers/acls.ts'
import { latest, onKafka, settle } from '../handlers/wire.ts'
import { RawClient } from '../raw-client.ts'
import { acl } from './acl-text.ts'
import { errorsIn as codesIn } from './sample.ts'
import { authenticate, handshaken, plainToken } from './sasl/broker.ts'

const password = 'secret of alice'
const saslConfigs = {
  listeners: 'PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
  'sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.sasl_plaintext.plain.sasl.jaas.config':
    'org.apache.kafka.common.security.plain.PlainLoginModule required' +
    ` user_alice="${password}";`,
}

export interface GuardedBroker {
  /** May do everything. */
  readonly root: RawClient
  /** May do what ACLs allow. */
  readonly alice: RawClient
  /** One more, of alice. */
  connect(): Promise<RawClient>
  /** Until the end of the test: 'read topic orders', 'write transactionalId app-…'. */
  allow(...rights: string[]): Promise<void>
  deny(...rights: string[]): Promise<void>
}

export function useGuardedBroker(configs: Readonly<Record<string, string>> = {}): GuardedBroker {
  const resources = new AsyncDisposableStack()
  let root: RawClient | undefined
  let alice: RawClient | undefined
  let addresses: readonly string[] = []

  beforeAll(async () => {
    addresses = onKafka
      ? [process.env['KAFKA_BOOTSTRAP']!, process.env['KAFKA_SASL_BOOTSTRAP']!]
      : resources
          .use(await startBroker({ config: { ...openToAll, ...saslConfigs, ...configs } }))
          .bootstrapServers.split(',')
    root = resources.use(await RawClient.connect(addresses[0]!))
    alice = resources.use(await connect())
  })
  afterEach(async () => {
    await root!.request(deleteAcls, latest(deleteAcls), { filters: [everything] })
    await settle(async () => (await count(root!)) === 0)
  })
  afterAll(() => resources.disposeAsync())

  async function connect(): Promise<RawClient> {
    const client = await handshaken(addresses[1]!, 'PLAIN')
    const { errorCode } = await authenticate(client, plainToken('alice', password))
    if (errorCode !== 0) throw new Error(errorName(errorCode))
    return client
  }

  async function add(permission: 'allow' | 'deny', rights: readonly string[]): Promise<void> {
    const before = await count(root!)
    const creations = rights.map(text => {
      const { patternType, ...row } = acl(`${permission} User:alice to ${text}`)
      return { ...row, resourcePatternType: patternType }
    })
    const { results } = await root!.request(createAcls, latest(createAcls), { creations })
    for (const { errorCode, errorMessage } of results) {
      if (errorCode !== 0) throw new Error(`${errorName(errorCode)}: ${errorMessage}`)
    }
    await settle(async () => (await count(root!)) >= before + rights.length)
  }

  return {
    get root() {
      return root!
    },
    get alice() {
      return alice!
    },
    connect,
    allow: (...rights) => add('allow', rights),
    deny: (...rights) => add('deny', rights),
  }
}

async function count(root: RawClient): Promise<number> {
  const { resources } = await root.request(describeAcls, latest(describeAcls), everything)
  return resources.flatMap(({ acls }) => acls).length
}

/** The errors in an answer by their names, wherever they stand, in order. */
export const errorsIn = (answer: unknown): string[] => codesIn(answer).map(code => errorName(code))
