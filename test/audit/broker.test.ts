/** The audit of a broker: who connects, fails, is refused, changes something; and no secrets. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { createDelegationToken } from '../../protocol/apis/38-create-delegation-token.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { alterClientQuotas } from '../../protocol/apis/49-alter-client-quotas.ts'
import type { Logger } from '../../src/logger.ts'
import {
  addScramUser,
  authenticate,
  handshaken,
  plainToken,
  saslBroker,
  type SaslBroker,
} from '../auth/sasl/broker.ts'
import { recordsIn } from '../crash/log-reader.ts'
import { createAll, withAuthorizer } from '../handlers/acls.ts'
import { fetchFrom } from '../handlers/requests.ts'
import { RawClient } from '../raw-client.ts'

interface Told {
  type: string
  outcome: string
  [field: string]: unknown
}

let broker: SaslBroker
let admin: RawClient
const told: Told[] = []
const logged: string[] = []

const log = (details: object): void => {
  logged.push(JSON.stringify(details))
  const { audit } = details as { audit?: Told }
  if (audit !== undefined) told.push(audit)
}
const logger: Logger = { debug: log, info: log, warn: log, error: log }

beforeAll(async () => {
  broker = await saslBroker({
    logger,
    config: {
      ...withAuthorizer,
      'super.users': 'User:alice;User:ANONYMOUS',
      'audit.events': 'connection,authentication,authorization,change',
      'audit.topic': '__audit',
      'delegation.token.secret.key': 'master-secret',
    },
  })
  admin = await loggedIn('alice', 'alice-secret')
})
afterAll(async () => {
  await admin[Symbol.asyncDispose]()
  await broker[Symbol.asyncDispose]()
})
beforeEach(() => void told.splice(0))

async function loggedIn(user: string, password: string): Promise<RawClient> {
  const client = await handshaken(broker.sasl, 'PLAIN')
  await authenticate(client, plainToken(user, password))
  return client
}

const newTopic = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
const sasl = { client: '127.0.0.1', listener: 'SASL_PLAINTEXT' }

it('tells who connects, and who fails to say who it is', async () => {
  await using client = await loggedIn('bob', 'bob-secret')
  await using stranger = await loggedIn('bob', 'wrong-secret')
  await Promise.all([client.closed, stranger.closed].slice(1))
  expect(told).toMatchObject([
    { type: 'connection', outcome: 'success', principal: 'User:ANONYMOUS', ...sasl },
    { type: 'authentication', outcome: 'success', principal: 'User:bob', ...sasl },
    { type: 'connection', outcome: 'success' },
    { type: 'authentication', outcome: 'failure', mechanism: 'PLAIN', ...sasl },
  ])
  expect(told[1]).toMatchObject({ mechanism: 'PLAIN', clientId: 'test' })
})

it('tells what was denied, with API, operation and resource', async () => {
  await using bob = await loggedIn('bob', 'bob-secret')
  await bob.request(createTopics, 7, { topics: [{ ...newTopic, name: 'of-bob' }] })
  expect(told.filter(({ type }) => type === 'authorization')).toMatchObject([
    {
      outcome: 'denied',
      principal: 'User:bob',
      api: 'CreateTopics',
      operation: 'create',
      resource: { type: 'topic', name: 'of-bob' },
    },
  ])
  expect(told.filter(({ type }) => type === 'change')).toMatchObject([
    { outcome: 'failure', api: 'CreateTopics', error: 'TOPIC_AUTHORIZATION_FAILED' },
  ])
})

it('tells what was changed, and by whom', async () => {
  await admin.request(createTopics, 7, { topics: [{ ...newTopic, name: 'orders' }] })
  await admin.request(incrementalAlterConfigs, 1, {
    validateOnly: false,
    resources: [
      {
        resourceType: 2,
        resourceName: 'orders',
        configs: [{ name: 'retention.ms', configOperation: 0, value: '4711' }],
      },
    ],
  })
  await createAll(admin, { resourceName: 'orders', principal: 'User:bob' })
  const entity = [{ entityType: 'user', entityName: null }]
  await admin.request(alterClientQuotas, 1, {
    entries: [{ entity, ops: [{ key: 'producer_byte_rate', value: 1e9, remove: false }] }],
    validateOnly: false,
  })
  const { tokenId, hmac } = await admin.request(createDelegationToken, 3, {
    renewers: [],
    maxLifetimeMs: -1,
  })
  await admin.request(deleteTopics, 5, { topicNames: ['orders'], timeoutMs: 10_000 })
  const changes = told.filter(({ type }) => type === 'change')
  expect(
    changes.map(({ api, resource, changed, outcome }) => [api, resource, changed, outcome]),
  ).toEqual([
    ['CreateTopics', { type: 'topic', name: 'orders' }, [], 'success'],
    ['IncrementalAlterConfigs', { type: 'topic', name: 'orders' }, ['retention.ms'], 'success'],
    ['CreateAcls', { type: 'acl', name: 'topic orders' }, ['User:bob'], 'success'],
    [
      'AlterClientQuotas',
      { type: 'clientQuota', name: 'user <default>' },
      ['producer_byte_rate'],
      'success',
    ],
    ['CreateDelegationToken', { type: 'delegationToken', name: tokenId }, ['created'], 'success'],
    ['DeleteTopics', { type: 'topic', name: 'orders' }, [], 'success'],
  ])
  expect(new Set(changes.map(({ principal }) => principal))).toEqual(new Set(['User:alice']))
  expect(logged.join('\n')).not.toContain('4711')
  expect(logged.join('\n')).not.toContain(hmac.toString('base64'))
})

it('does not tell what was only asked', async () => {
  const topics = [{ ...newTopic, name: 'perhaps' }]
  await admin.request(createTopics, 7, { topics, validateOnly: true })
  expect(told).toEqual([])
})

it('has no secrets (RULES §5.4)', async () => {
  await using client = await RawClient.connect(broker.plain)
  await addScramUser(broker.plain, { name: 'carol', password: 'carol-secret' })
  expect(told).toMatchObject([
    { type: 'connection' },
    { type: 'connection' },
    { type: 'change', api: 'AlterUserScramCredentials', resource: { name: 'carol' } },
  ])
  expect(client).toBeDefined()
  expect(logged.join('\n')).not.toContain('-secret')
})

it('lets nobody write lines of their own (RULES §5.2, 9)', async () => {
  const name = 'x\r\n{"level":"error","msg":"forged"}'
  await admin.request(createTopics, 7, { topics: [{ ...newTopic, name }] })
  expect(told).toMatchObject([{ outcome: 'failure', resource: { type: 'topic', name } }])
  expect(logged.at(-1)).not.toMatch(/[\r\n]/)
})

it('is in a topic, if that is asked for', async () => {
  const topic = { name: '__audit', id: '' }
  const answer = await fetchFrom(admin, topic, {}, { version: 12 })
  const events = recordsIn(Buffer.concat(answer.records ?? []), 0).map(
    ({ value }) => JSON.parse(value!) as Told,
  )
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'change', api: 'DeleteTopics', time: expect.any(Number) }),
  )
})
