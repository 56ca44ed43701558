import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'

const authorizer = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'

describe('odradek acl', () => {
  let broker: StartedBroker
  const acl = (...args: string[]) => odradek('acl', ...args, '-b', broker.bootstrapServers)
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await acl(...args, '--json')).stdout.join())

  beforeAll(async () => {
    broker = await startBroker({
      config: { 'authorizer.class.name': authorizer, 'super.users': 'User:ANONYMOUS' },
    })
  })
  afterAll(() => broker.close())

  it('adds, lists and removes', async () => {
    expect((await acl('list')).stderr).toEqual(['no ACLs'])
    const orders = ['User:alice', 'read,WRITE', 'topic', 'orders']
    expect((await acl('add', ...orders)).stderr).toEqual([
      'added: User:alice may read topic orders',
      'added: User:alice may write topic orders',
    ])
    const bad = ['User:eve', 'all', 'group', 'app-', '--prefixed', '--deny', '--host', '10.0.0.9']
    expect((await acl('add', ...bad)).stderr).toEqual([
      'added: User:eve may not all group app-… from 10.0.0.9',
    ])
    await acl('add', 'User:bob', 'idempotent-write', 'cluster')
    expect((await acl()).stdout).toEqual([
      'PRINCIPAL   PERMISSION  OPERATION         RESOURCE  NAME           PATTERN   HOST',
      'User:alice  allow       read              topic     orders         literal   *',
      'User:alice  allow       write             topic     orders         literal   *',
      'User:bob    allow       idempotent-write  cluster   kafka-cluster  literal   *',
      'User:eve    deny        all               group     app-           prefixed  10.0.0.9',
    ])
    expect(await json('list', '--resource', 'group/app-1')).toMatchObject({
      acls: [{ principal: 'User:eve', permission: 'deny', pattern: 'prefixed' }],
    })
    expect(await json('list', '--principal', 'User:bob', '--resource', 'cluster')).toMatchObject({
      acls: [{ operation: 'idempotent-write', resource: 'kafka-cluster' }],
    })
    expect((await acl('remove', 'User:alice', 'write', 'topic', 'orders')).stderr).toEqual([
      'removed: User:alice may write topic orders',
    ])
    expect(await json('remove', 'User:eve')).toMatchObject({ acls: [{ principal: 'User:eve' }] })
    expect((await acl('remove', 'User:eve')).stderr).toEqual(['there were no such ACLs'])
    expect(await json('add', 'User:carl', 'describe', 'topic', '*')).toMatchObject({
      acls: [{ principal: 'User:carl', resource: '*', pattern: 'literal' }],
    })
  })

  it.each([
    [['add', 'alice', 'read', 'topic', 'a'], 'alice: not a principal: write User:alice'],
    [['add', 'User:a', 'raed', 'topic', 'a'], 'raed: not an operation (Did you mean read?)'],
    [['add', 'User:a', 'read', 'topics', 'a'], 'topics: not a type of resources (Did you mean t'],
    [['add', 'User:a', 'read', 'topic'], "name the topic, or '*' for all"],
    [['add', 'User:a', 'read', 'cluster', 'x'], 'The only valid name for the CLUSTER resource'],
  ])('%j is refused', async (args, message) => {
    await expect(acl(...args)).rejects.toThrow(message)
  })

  it('says when there is no authorizer', async () => {
    await using open = await startBroker()
    await expect(odradek('acl', '-b', open.bootstrapServers)).rejects.toThrow(
      'ACLs: the broker has no authorizer. Start it with --secure',
    )
  })
})
