/**
 * Each cell of the table over the wire: a client that has just the permissions that the table names
 * for an API is not refused, and without one of them it is, as the table says. An operation that a
 * handler does not ask for, or asks for beside the table, fails here. Apache Kafka 4.3.1 was seen
 * to answer alike, but for a subscription's pattern, which it looks at behind the first heartbeat.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import { createDelegationToken } from '../../protocol/apis/38-create-delegation-token.ts'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { streamsGroupHeartbeat } from '../../protocol/apis/88-streams-group-heartbeat.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import type { Api } from '../../protocol/api.ts'
import { errors } from '../../protocol/errors.ts'
import { clusterName } from '../../src/auth/acl-codes.ts'
import { requires, type Rule } from '../../src/auth/required.ts'
import { handlers } from '../../src/handlers/index.ts'
import { loadHandlers } from '../../src/served-api.ts'
import { everything, openToAll } from '../handlers/acls.ts'
import { latest, newTopic } from '../handlers/wire.ts'
import { RawClient } from '../raw-client.ts'
import { acl } from './acl-text.ts'
import { cells, consumerJoin, streamsJoin, type Cell, type Stage } from './cells.ts'
import { errorsIn, sampleOf } from './sample.ts'
import { authenticate, handshaken, plainToken, saslBroker } from './sasl/broker.ts'

interface NamedCell extends Cell {
  api: Api
  version: number
  rule: Rule
}

const refusals: readonly number[] = [
  errors.TOPIC_AUTHORIZATION_FAILED,
  errors.GROUP_AUTHORIZATION_FAILED,
  errors.CLUSTER_AUTHORIZATION_FAILED,
  errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  errors.DELEGATION_TOKEN_AUTHORIZATION_FAILED,
]

const apis = new Map((await loadHandlers(handlers)).map(({ api }) => [api.name, api]))
/** In all versions. Those of whole requests have a test of their own. */
const all = Object.entries(requires).flatMap(([name, rules]) =>
  Object.entries(rules as Record<string, Rule>)
    .filter(([ruleName]) => ruleName !== 'request')
    .flatMap(([ruleName, rule]) => inAllVersions(`${name}.${ruleName}`, apis.get(name)!, rule)),
)

function inAllVersions(title: string, api: Api, rule: Rule): [string, number, NamedCell][] {
  const cell = cells[title] ?? {}
  const { since = api.versions[0], until = api.versions[1] } = cell
  return Array.from({ length: until - since + 1 }, (_, i) => {
    const version = since + i
    return [title, version, { ...cell, api, version, rule }]
  })
}

const resources = new AsyncDisposableStack()
let admin: RawClient
let stage: Stage

async function sasl(address: string, user: string): Promise<RawClient> {
  const client = resources.use(await handshaken(address, 'PLAIN'))
  await authenticate(client, plainToken(user, `${user}-secret`))
  return client
}

beforeAll(async () => {
  const config = { ...openToAll, 'delegation.token.secret.key': 'secret' }
  const broker = resources.use(await saslBroker({ config }))
  admin = resources.use(await RawClient.connect(broker.plain))
  const { id: topicId } = await newTopic(admin, { name: 'name', partitions: 2 })
  await populate(topicId)
  const bob = await sasl(broker.sasl, 'bob')
  const token = await bob.request(createDelegationToken, latest(createDelegationToken), {
    renewers: [],
    maxLifetimeMs: -1,
    ownerPrincipalType: null,
    ownerPrincipalName: null,
  })
  const { tokenId } = token
  let names = 0
  const fresh = (): string => `fresh-${names++}`
  stage = {
    alice: await sasl(broker.sasl, 'alice'),
    topicId,
    tokenId,
    fresh,
    newTopic: async () => (await newTopic(admin, { name: fresh() })).name,
  }
})
afterAll(() => resources.disposeAsync())

/** Groups of all types, with offsets, and a transaction under way. */
async function populate(topicId: string): Promise<void> {
  const partitions = [0, 1].map(partitionIndex => ({ partitionIndex, committedOffset: 0 }))
  await admin.request(offsetCommit, latest(offsetCommit), {
    groupId: 'name',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ topicId, partitions }],
  } as never)
  const { producerId, producerEpoch } = await admin.request(initProducerId, 4, {
    transactionalId: 'name',
    transactionTimeoutMs: 60_000,
  })
  await admin.request(addPartitionsToTxn, 3, {
    v3AndBelowTransactionalId: 'name',
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: [{ name: 'name', partitions: [0] }],
  })
  const subscription = { subscribedTopicNames: ['name'] }
  const leaving = { memberEpoch: -1, subscribedTopicNames: null }
  await heartbeat(consumerGroupHeartbeat, consumerJoin('consumers', subscription))
  await heartbeat(shareGroupHeartbeat, consumerJoin('sharers', subscription))
  await heartbeat(shareGroupHeartbeat, consumerJoin('emptied', subscription))
  await heartbeat(shareGroupHeartbeat, consumerJoin('emptied', leaving))
  await heartbeat(streamsGroupHeartbeat, streamsJoin('streams'))
}

async function heartbeat(api: { versions: Api['versions'] }, request: object): Promise<void> {
  const { name } = api as Api
  const answer = await admin.request(api as Api, latest(api), request as never)
  expect(errorsIn(answer), name).toEqual([])
}

async function create(...texts: string[]): Promise<void> {
  const creations = texts.map(text => {
    const { patternType: resourcePatternType, ...row } = acl(text)
    return { ...row, resourcePatternType }
  })
  const { results } = await admin.request(createAcls, latest(createAcls), { creations })
  expect(errorsIn(results)).toEqual([])
}

async function deleteAll(permissionType: number): Promise<void> {
  const filters = [{ ...everything, permissionType }]
  await admin.request(deleteAcls, latest(deleteAcls), { filters })
}

/** The only permissions that alice has. */
async function grant(api: Api): Promise<void> {
  await deleteAll(1)
  const rules = Object.values(requires[api.name as keyof typeof requires] as Record<string, Rule>)
  const texts = rules.map(({ operation, resource }) => {
    const name = resource === 'cluster' ? clusterName : '*'
    return `allow User:alice to ${operation} ${resource} ${name}`
  })
  await create(...new Set(texts))
}

async function deny(...denied: readonly NamedCell[]): Promise<void> {
  const texts = denied.map(({ rule: { operation, resource }, resource: named }) => {
    const name = named?.(stage) ?? (resource === 'cluster' ? clusterName : 'name')
    return `deny User:alice to ${operation} ${resource} ${name}`
  })
  await create(...texts)
}

async function ask({ api, version, request }: NamedCell) {
  const given = { string: 'name', uuid: stage.topicId }
  const sample = sampleOf(api.request, version, given) as object
  return stage.alice.request(api, version, { ...sample, ...(await request?.(stage)) } as never)
}

function isShown({ shows }: NamedCell, answer: unknown): boolean {
  return shows?.(answer as never, stage) ?? !errorsIn(answer).some(code => refusals.includes(code))
}

describe('what an API asks for is what the table says:', () => {
  it.each(all)('%s v%i', async (_, version, cell) => {
    const { api, rule } = cell
    const own = all
      .filter(([, ofVersion, other]) => other.api === api && ofVersion === version)
      .map(([, , other]) => other)
    const at = own.findIndex(other => other.rule === rule)
    await grant(api)
    if (rule.denied === 'next rule') {
      await deny(own[at + 1]!)
      expect(isShown(cell, await ask(cell)), 'enough by itself').toBe(true)
      return
    }
    await deny(cell, ...own.slice(0, at).filter(({ rule: { denied } }) => denied === 'next rule'))
    const answer = await ask(cell)
    if (cell.shows) expect(isShown(cell, answer)).toBe(false)
    else expect(errorsIn(answer)).toContain(errors[rule.denied as keyof typeof errors])
    await deleteAll(2)
    const allowed = await ask(cell)
    expect({ isShown: isShown(cell, allowed), allowed }).toMatchObject({ isShown: true })
  })
})
