/** `odradek group seek`, `kick` and `delete`. */
import { Option } from 'commander'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { deleteGroups } from '../../protocol/apis/42-delete-groups.ts'
import { alterShareGroupOffsets } from '../../protocol/apis/91-alter-share-group-offsets.ts'
import { errors } from '../../protocol/errors.ts'
import { checkedPosition, type CheckedPosition } from '../admin/position.ts'
import type { Client } from '../client/client.ts'
import type { TopicPartition } from '../client/offsets.ts'
import { checkAnswer } from './broker-answers.ts'
import { declare } from './command.ts'
import { confirm, yesOption, type ConfirmationFlags } from './confirmation.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { kickMember } from './group-kick.ts'
import { describers } from './group-members.ts'
import { committedOffsets, meantGroups, readGroups, type GroupType } from './groups.ts'
import { boolean, integer, listOf, object, string, type Described } from './json-schema.ts'
import { append } from './option-values.ts'
import { offsetsAt, type PartitionOffset } from './positions.ts'
import { readTopics } from './topics.ts'

const moved = object({
  group: string,
  dryRun: boolean,
  offsets: listOf(object({ topic: string, partition: integer, offset: integer })),
})

interface SeekFlags extends ConnectionFlags {
  to: string
  topic?: string[]
  dryRun?: true
}

export const seekCommand = declare<Described<typeof moved>, SeekFlags>({
  name: 'seek',
  summary: 'Move the committed offsets of a group that has no members.',
  arguments: [['<group>', 'its name']],
  options: [
    new Option(
      '--to <position>',
      "start, end, an offset, -10, @2026-11-21T10:00, or 'orders/0=42,orders/1=end'.",
    ).makeOptionMandatory(),
    new Option('--topic <name>', 'Of this topic only; may be repeated.').argParser(append),
    new Option('--dry-run', 'Say what would be, and change nothing.'),
    ...connectionOptions,
  ],
  examples: [
    ['group seek billing --to start', 'read everything again'],
    ['group seek billing --to -10 --topic orders', 'the last ten of each partition'],
    ['group seek billing --to @2026-11-21T10:00', 'what came at that time, and later'],
    ['group seek billing --to orders/0=42', 'one partition'],
  ],
  output: moved,
  run: ({ args: [group], options }) => withClient(options, client => seek(client, group!, options)),
  text: ({ offsets }, { table }) =>
    table(
      ['TOPIC', 'PARTITION', 'OFFSET'],
      offsets.map(each => [each.topic, each.partition, each.offset]),
    ),
  said: ({ group, dryRun }) =>
    dryRun ? `nothing was changed: --dry-run` : `group ${group} goes on at these offsets`,
})

async function seek(client: Client, group: string, options: SeekFlags) {
  const { to, topic: topics, dryRun = false } = options
  const position = checkedPosition(to)
  const type = (await readGroups(client)).find(each => each.group === group)?.type ?? 'classic'
  const partitions = await meantPartitions(client, group, position, topics)
  const offsets = await offsetsAt(client, partitions, position)
  if (offsets.length === 0) {
    throw new Failure(`group ${group} has committed nothing: name topics by --topic`, 1)
  }
  if (!dryRun) await commit(client, group, type, offsets)
  return { group, dryRun, offsets }
}

/** Those that are named; else all of the topics that the group has read. */
async function meantPartitions(
  client: Client,
  group: string,
  position: CheckedPosition,
  topics: readonly string[] | undefined,
): Promise<TopicPartition[]> {
  const names = topics ?? topicsIn(position) ?? (await readTopicsOf(client, group))
  const found = await readTopics(client, names)
  return found.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
  )
}

/** Of 'orders/0=42'; undefined where no topic is named. */
function topicsIn(position: CheckedPosition): string[] | undefined {
  if (typeof position !== 'object' || position instanceof Date) return undefined
  const names = Object.keys(position).flatMap(key => /^(.+)\/\d+$/.exec(key)?.[1] ?? [])
  return names.length === 0 ? undefined : [...new Set(names)]
}

async function readTopicsOf(client: Client, group: string): Promise<string[]> {
  const committed = await committedOffsets(client, group)
  return [...new Set(Array.from(committed.values(), ({ topic }) => topic))]
}

async function commit(
  client: Client,
  group: string,
  type: GroupType,
  offsets: readonly PartitionOffset[],
): Promise<void> {
  const topics = Array.from(Map.groupBy(offsets, ({ topic }) => topic))
  if (type === 'share') return commitShare(client, group, topics)
  await client.send(
    offsetCommit,
    {
      groupId: group,
      topics: topics.map(([name, own]) => ({
        name,
        partitions: own.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: null,
        })),
      })),
    },
    {
      to: { group },
      minVersion: 2,
      // From 10 on topics have ids.
      maxVersion: 9,
      check: answer => {
        for (const { errorCode } of answer.topics.flatMap(({ partitions }) => partitions)) {
          checkAnswer(`group ${group}`, errorCode)
        }
      },
    },
  )
}

async function commitShare(
  client: Client,
  group: string,
  topics: readonly (readonly [string, readonly PartitionOffset[]])[],
): Promise<void> {
  const body = {
    groupId: group,
    topics: topics.map(([topicName, own]) => ({
      topicName,
      partitions: own.map(each => ({ partitionIndex: each.partition, startOffset: each.offset })),
    })),
  }
  await client.send(alterShareGroupOffsets, body, {
    to: { group },
    check: answer => {
      const parts = answer.responses.flatMap(({ partitions }) => partitions)
      for (const each of [answer, ...parts]) {
        checkAnswer(`group ${group}`, each.errorCode, each.errorMessage)
      }
    },
  })
}

const kicked = object({ group: string, members: listOf(string) })

interface KickFlags extends ConfirmationFlags {
  all?: true
}

export const kickCommand = declare<Described<typeof kicked>, KickFlags>({
  name: 'kick',
  summary: 'Remove members of a group, as if they had left; those that live may join again.',
  arguments: [
    ['<group>', 'its name'],
    ['[member...]', 'member ids, or group.instance.ids'],
  ],
  options: [new Option('--all', 'All members.'), yesOption, ...connectionOptions],
  examples: [
    ['group kick billing --all', 'nobody is left'],
    ['group kick billing worker-1', 'the member with this group.instance.id'],
  ],
  output: kicked,
  run: call =>
    withClient(call.options, async client => {
      const [group = '', ...wanted] = call.args
      const { all = false } = call.options
      if (all === wanted.length > 0) throw new Failure('name members, or --all of them', 2)
      const [{ type } = { type: 'classic' as const }] = await meantGroups(client, [group])
      const { members } = await describers[type](client, group)
      const meant = members.filter(each => {
        return all || wanted.some(name => [each.member, each.instance].includes(name))
      })
      const strange = wanted.find(
        name => !members.some(each => [each.member, each.instance].includes(name)),
      )
      if (strange !== undefined) {
        throw new Failure(
          `group ${group} has no member ${strange}: odradek group describe ${group} lists them`,
          1,
        )
      }
      await confirm(call, `remove ${meant.length} members of group ${group}`)
      for (const member of meant) await kickMember(client, { group, type }, member)
      return { group, members: meant.map(({ member }) => member) }
    }),
  said: ({ group, members }) => `removed from group ${group}: ${members.join(', ') || 'nobody'}`,
})

const deleted = object({ groups: listOf(string) })

export const deleteCommand = declare<Described<typeof deleted>, ConfirmationFlags>({
  name: 'delete',
  summary: 'Delete groups that have no members, with their offsets.',
  arguments: [['<group...>', "names, or patterns like 'test-*'"]],
  options: [yesOption, ...connectionOptions],
  examples: [["group delete 'test-*'", 'all whose name begins so']],
  output: deleted,
  run: call =>
    withClient(call.options, async client => {
      const groups = (await meantGroups(client, call.args)).map(({ group }) => group)
      await confirm(call, `delete ${groups.length} groups (${groups.join(', ')})`)
      for (const group of groups) {
        await client.send(
          deleteGroups,
          { groupsNames: [group] },
          {
            to: { group },
            check: ({ results: [own] }) =>
              checkAnswer(`group ${group}`, own?.errorCode ?? errors.NONE),
          },
        )
      }
      return { groups }
    }),
  said: ({ groups }) => `deleted groups: ${groups.join(', ')}`,
})
