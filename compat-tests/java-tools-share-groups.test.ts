/**
 * Kafka's own command-line tools for share groups (KIP-932). With KAFKA_BOOTSTRAP set, against that
 * broker: so these expectations were checked against Apache Kafka 4.3.1.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { useCluster } from './tools/cluster.ts'
import { skipped } from './tools/tools.ts'

const cluster = useCluster()

describe.skipIf(skipped)(`kafka-share-groups${skipped}`, () => {
  let group: string

  beforeAll(async () => {
    group = await cluster.newTopic('shared', '--partitions 1')
    await cluster.produce(group, 3)
    await setGroupConfig('share.auto.offset.reset=earliest')
  })

  async function setGroupConfig(config: string): Promise<void> {
    const entity = `--entity-type groups --entity-name ${group}`
    await cluster.tools.run(`kafka-configs --alter ${entity} --add-config ${config}`)
  }

  /** What the group has read, and what it has not. */
  const described = (): Promise<string> =>
    cluster.tools.run(`kafka-share-groups --describe --group ${group}`)

  it('sees what kafka-console-share-consumer has done', async () => {
    const consumer = `kafka-console-share-consumer --topic ${group} --group ${group}`
    expect(await cluster.tools.run(`${consumer} --max-messages 3`)).toBe('v1\nv2\nv3\n')
    await expect.poll(described).toMatch(new RegExp(`^${group} +${group} +0 +\\d+ +0$`, 'm'))
  })

  it('lists groups', async () => {
    const list = 'kafka-share-groups --list'
    expect((await cluster.tools.run(list)).split('\n')).toContain(group)
    const line = new RegExp(`^${group} +Empty *$`, 'm')
    expect(await cluster.tools.run(`${list} --state`)).toMatch(line)
    expect(await cluster.tools.run(`${list} --state empty`)).toMatch(line)
    expect(await cluster.tools.run(`${list} --state stable`)).not.toMatch(line)
    expect(await cluster.tools.run('kafka-groups --list --share')).toMatch(
      new RegExp(`^${group} +Share +share *$`, 'm'),
    )
  })

  it('describes state and members', async () => {
    const describes = `kafka-share-groups --describe --group ${group}`
    expect(await cluster.tools.run(`${describes} --state`)).toMatch(
      new RegExp(`^${group} +[^ ]+:\\d+ +\\(\\d+\\) +Empty +0$`, 'm'),
    )
    expect(await cluster.tools.run(`${describes} --state --verbose`)).toMatch(
      new RegExp(`^${group} +[^ ]+:\\d+ +\\(\\d+\\) +Empty +\\d+ +\\d+ +0$`, 'm'),
    )
    const { out, err } = await cluster.tools.end(`${describes} --members --verbose`)
    expect(out + err).toContain(`Share group '${group}' has no active members.`)
  })

  it('sets offsets, after a look', async () => {
    const reset = `kafka-share-groups --reset-offsets --group ${group}`
    const of = `--topic ${group}`
    const moved = (to: number): RegExp => new RegExp(`^${group} +${group} +0 +${to} *$`, 'm')
    const is = (start: number, lag: number): RegExp =>
      new RegExp(`^${group} +${group} +0 +${start} +${lag}$`, 'm')
    const before = await described()
    expect(await cluster.tools.run(`${reset} ${of} --to-earliest --dry-run`)).toMatch(moved(0))
    expect(await described()).toBe(before)
    expect(await cluster.tools.run(`${reset} ${of} --to-earliest --execute`)).toMatch(moved(0))
    expect(await described()).toMatch(is(0, 3))
    expect(await cluster.tools.run(`${reset} --all-topics --to-latest --execute`)).toMatch(moved(3))
    expect(await described()).toMatch(is(3, 0))
    const datetime = '--to-datetime 2000-01-01T00:00:00.000'
    expect(await cluster.tools.run(`${reset} ${of} ${datetime} --execute`)).toMatch(moved(0))
    expect(await described()).toMatch(is(0, 3))
    expect(
      await cluster.tools.run(`kafka-share-groups --describe --group ${group} --offsets --verbose`),
    ).toMatch(new RegExp(`^${group} +${group} +0 +\\d+ +0 +3$`, 'm'))
  })

  it('reads again what was set back', async () => {
    const consumer = `kafka-console-share-consumer --topic ${group} --group ${group}`
    expect(await cluster.tools.run(`${consumer} --max-messages 3`)).toBe('v1\nv2\nv3\n')
  })

  it('deletes offsets', async () => {
    const remove = `kafka-share-groups --delete-offsets --group ${group} --topic ${group}`
    expect(await cluster.tools.run(remove)).toMatch(new RegExp(`^${group} +Successful *$`, 'm'))
    expect(await cluster.tools.run(remove)).toContain('There is no offset information to delete.')
    const { out, err } = await cluster.tools.end(`kafka-share-groups --describe --group ${group}`)
    expect(out + err).toContain(`Share group '${group}' has no offset information.`)
  })

  it('deletes groups', async () => {
    const remove = `kafka-share-groups --delete --group ${group}`
    expect(await cluster.tools.run(remove)).toContain(
      `Deletion of requested share groups ('${group}') was successful.`,
    )
    const { out, err } = await cluster.tools.end(remove)
    expect(out + err).toContain(`Group '${group}' could not be deleted`)
    expect((await cluster.tools.run('kafka-share-groups --list')).split('\n')).not.toContain(group)
    const describing = await cluster.tools.end(`kafka-share-groups --describe --group ${group}`)
    expect(describing.out + describing.err).toContain(`Group ${group} not found.`)
  })
})
