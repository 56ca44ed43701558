/**
 * Kafka's kafka-acls on a broker with an authorizer. With KAFKA_BOOTSTRAP set, against that one:
 * it needs authorizer.class.name and super.users=User:ANONYMOUS. So these expectations were checked
 * against Apache Kafka 4.3.1.
 */
import { describe, expect, it } from 'vitest'
import { useCluster } from './tools/cluster.ts'
import { skipped } from './tools/tools.ts'

const cluster = useCluster(
  '--set',
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  '--set',
  'super.users=User:ANONYMOUS',
)

describe.skipIf(skipped)(`kafka-acls${skipped}`, () => {
  const acls = (command: string): Promise<string> => cluster.tools.run(`kafka-acls ${command}`)

  /** 'TOPIC LITERAL name: User:alice * READ ALLOW', in alphabetical order. */
  async function listed(of: string): Promise<string[]> {
    const lines: string[] = []
    let resource = ''
    for (const line of (await acls(`--list ${of}`)).split('\n')) {
      const [, type, name, pattern] =
        /resourceType=(\w+), name=(.*), patternType=(\w+)\)/.exec(line) ?? []
      if (type !== undefined) resource = `${type} ${pattern} ${name}`
      const entry = /\(principal=(.*), host=(.*), operation=(\w+), permissionType=(\w+)\)/
      const [, principal, host, operation, permission] = entry.exec(line) ?? []
      if (principal !== undefined) {
        lines.push(`${resource}: ${principal} ${host} ${operation} ${permission}`)
      }
    }
    return lines.toSorted()
  }

  it('adds, lists and removes for one operation', async () => {
    const topic = cluster.name('orders')
    const alice = `--allow-principal User:alice --operation Read --topic ${topic}`
    expect(await acls(`--add ${alice}`)).toContain(
      'principal=User:alice, host=*, operation=READ, permissionType=ALLOW',
    )
    const bob = `--deny-principal User:bob --deny-host 192.0.2.1 --operation All --topic ${topic}`
    await acls(`--add ${bob}`)
    expect(await listed(`--topic ${topic}`)).toEqual([
      `TOPIC LITERAL ${topic}: User:alice * READ ALLOW`,
      `TOPIC LITERAL ${topic}: User:bob 192.0.2.1 ALL DENY`,
    ])
    expect(await listed(`--topic ${topic} --principal User:bob`)).toHaveLength(1)
    await acls(`--remove --force ${alice}`)
    expect(await listed(`--topic ${topic}`)).toEqual([
      `TOPIC LITERAL ${topic}: User:bob 192.0.2.1 ALL DENY`,
    ])
    await acls(`--remove --force --topic ${topic}`)
    expect(await listed(`--topic ${topic}`)).toEqual([])
  })

  it('gives a producer and a consumer what they need', async () => {
    const topic = cluster.name('events')
    const producer = `--producer --topic ${topic} --transactional-id ${topic}-tx --idempotent`
    await acls(`--add --allow-principal User:writer ${producer}`)
    await acls(`--add --allow-principal User:reader --consumer --topic ${topic} --group ${topic}`)
    expect(await listed(`--topic ${topic}`)).toEqual([
      `TOPIC LITERAL ${topic}: User:reader * DESCRIBE ALLOW`,
      `TOPIC LITERAL ${topic}: User:reader * READ ALLOW`,
      `TOPIC LITERAL ${topic}: User:writer * CREATE ALLOW`,
      `TOPIC LITERAL ${topic}: User:writer * DESCRIBE ALLOW`,
      `TOPIC LITERAL ${topic}: User:writer * WRITE ALLOW`,
    ])
    expect(await listed(`--group ${topic}`)).toEqual([
      `GROUP LITERAL ${topic}: User:reader * READ ALLOW`,
    ])
    expect(await listed(`--transactional-id ${topic}-tx`)).toEqual([
      `TRANSACTIONAL_ID LITERAL ${topic}-tx: User:writer * DESCRIBE ALLOW`,
      `TRANSACTIONAL_ID LITERAL ${topic}-tx: User:writer * WRITE ALLOW`,
    ])
    const cleanUp = '--remove --force --allow-principal'
    await acls(`${cleanUp} User:writer ${producer}`)
    await acls(`${cleanUp} User:reader --consumer --topic ${topic} --group ${topic}`)
    for (const what of [`--topic ${topic}`, `--group ${topic}`])
      expect(await listed(what)).toEqual([])
  })

  it('knows patterns, and what matches a name', async () => {
    const tenant = cluster.name('tenant')
    const prefixed = `--resource-pattern-type prefixed --topic ${tenant}.`
    await acls(`--add --allow-principal User:tenant --operation All ${prefixed}`)
    await acls(`--add --allow-principal User:eve --operation Describe --topic ${tenant}.a`)
    const ofTenant = `TOPIC PREFIXED ${tenant}.: User:tenant * ALL ALLOW`
    const ofEve = `TOPIC LITERAL ${tenant}.a: User:eve * DESCRIBE ALLOW`
    const match = '--resource-pattern-type match --topic'
    expect(await listed(`${match} ${tenant}.a`)).toEqual([ofEve, ofTenant])
    expect(await listed(`${match} ${tenant}.b`)).toEqual([ofTenant])
    expect(await listed(`--topic ${tenant}.`)).toEqual([])
    expect(await listed(prefixed)).toEqual([ofTenant])
    await acls(`--remove --force ${match} ${tenant}.a`)
    expect(await listed(`${match} ${tenant}.a`)).toEqual([])
  })

  it('knows the cluster, delegation tokens and users', async () => {
    const admin = `User:${cluster.name('admin')}`
    const add = `--add --allow-principal ${admin} --operation`
    await acls(`${add} Alter --cluster`)
    await acls(`${add} Describe --delegation-token token-1`)
    await acls(`${add} CreateTokens --user-principal User:bob`)
    expect(await listed(`--principal ${admin}`)).toEqual([
      `CLUSTER LITERAL kafka-cluster: ${admin} * ALTER ALLOW`,
      `DELEGATION_TOKEN LITERAL token-1: ${admin} * DESCRIBE ALLOW`,
      `USER LITERAL User:bob: ${admin} * CREATE_TOKENS ALLOW`,
    ])
    for (const what of ['--cluster', '--delegation-token token-1', '--user-principal User:bob']) {
      await acls(`--remove --force ${what}`)
    }
    expect(await listed(`--principal ${admin}`)).toEqual([])
  })

  it('is refused what is no ACL', async () => {
    const add = 'kafka-acls --add --operation Read --topic t --allow-principal'
    await cluster.refuses(`${add} alice`, /principalType:principalName|Could not parse principal/)
  })
})
