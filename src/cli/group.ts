/** `odradek group`: who reads, and how far behind. */
import type { Client } from '../client/client.ts'
import { declare, grouped, type View } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { deleteCommand, kickCommand, seekCommand } from './group-changes.ts'
import { whyCommand } from './group-why.ts'
import type { GroupMember } from './group-members.ts'
import {
  describeGroup,
  groupTypes,
  meantGroups,
  readGroups,
  totalLag,
  type GroupDescription,
  type ListedGroup,
} from './groups.ts'
import { integer, listOf, nullable, object, oneOf, string, type Described } from './json-schema.ts'
import { errors } from '../../protocol/errors.ts'

const type = oneOf(...groupTypes)

const groupList = object({
  groups: listOf(
    object({
      group: string,
      type,
      state: string,
      members: integer,
      /** Of all partitions that it has committed for; null if there are none. */
      lag: nullable(integer),
    }),
  ),
})

const listCommand = declare<Described<typeof groupList>, ConnectionFlags>({
  name: 'list',
  summary: 'List groups of all types, with members and lag.',
  options: [...connectionOptions],
  examples: [['group', 'who reads, and how far behind']],
  output: groupList,
  run: ({ options }) =>
    withClient(options, async client => {
      const groups = await describeAll(client, await readGroups(client))
      return {
        groups: groups.map(({ group, type: own, state, members, offsets }) => ({
          group,
          type: own,
          state,
          members: members.length,
          lag: totalLag(offsets),
        })),
      }
    }),
  text: ({ groups }, { table }) =>
    table(
      ['GROUP', 'TYPE', 'STATE', 'MEMBERS', 'LAG'],
      groups.map(each => [each.group, each.type, each.state, each.members, each.lag]),
    ),
  said: ({ groups }) => (groups.length > 0 ? undefined : 'no groups: nobody has read as one'),
})

/** Those that go while they are asked about are left out. */
async function describeAll(
  client: Client,
  listed: readonly ListedGroup[],
): Promise<GroupDescription[]> {
  const described = await Promise.all(
    listed.map(each =>
      describeGroup(client, each).catch((error: unknown) => {
        const { code } = error as { code?: unknown }
        if (code === errors.GROUP_ID_NOT_FOUND) return undefined
        throw error
      }),
    ),
  )
  return described.filter(each => each !== undefined)
}

const groupDescriptions = object({
  groups: listOf(
    object({
      group: string,
      type,
      state: string,
      assignor: string,
      members: listOf(
        object({
          member: string,
          instance: nullable(string),
          client: string,
          host: string,
          epoch: nullable(integer),
          assignment: listOf(object({ topic: string, partitions: listOf(integer) })),
        }),
      ),
      offsets: listOf(
        object({
          topic: string,
          partition: integer,
          committed: nullable(integer),
          end: nullable(integer),
          lag: nullable(integer),
        }),
      ),
    }),
  ),
})

const describeCommand = declare<Described<typeof groupDescriptions>, ConnectionFlags>({
  name: 'describe',
  summary: 'Print members, what they are assigned, committed offsets and lag.',
  arguments: [['<group...>', "names, or patterns like 'test-*'"]],
  options: [...connectionOptions],
  examples: [['group describe billing', 'who has which partitions']],
  output: groupDescriptions,
  run: ({ args, options }) =>
    withClient(options, async client => {
      const listed = await meantGroups(client, args)
      return { groups: await Promise.all(listed.map(each => describeGroup(client, each))) }
    }),
  text: ({ groups }, { table }) => groups.map(each => descriptionText(each, table)).join('\n\n'),
})

function descriptionText(description: GroupDescription, table: View['table']): string {
  const { group, type: own, state, assignor, members, offsets } = description
  const parts = [
    table(
      ['GROUP', 'TYPE', 'STATE', 'ASSIGNOR', 'MEMBERS', 'LAG'],
      [[group, own, state, assignor, members.length, totalLag(offsets)]],
    ),
  ]
  if (members.length > 0) {
    parts.push(
      table(
        ['MEMBER', 'INSTANCE', 'CLIENT', 'HOST', 'ASSIGNMENT'],
        members.map(each => [
          each.member,
          each.instance,
          each.client,
          each.host,
          assignmentText(each),
        ]),
      ),
    )
  }
  if (offsets.length > 0) {
    parts.push(
      table(
        ['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', 'MEMBER'],
        offsets.map(each => [
          each.topic,
          each.partition,
          each.committed,
          each.end,
          each.lag,
          members.find(member => reads(member, each))?.member,
        ]),
      ),
    )
  }
  return parts.join('\n\n')
}

/** 'orders/0,1 users/2' */
function assignmentText({ assignment }: GroupMember): string {
  return assignment.map(each => `${each.topic}/${each.partitions.join(',')}`).join(' ')
}

function reads(
  { assignment }: GroupMember,
  { topic, partition }: { topic: string; partition: number },
): boolean {
  return assignment.some(each => each.topic === topic && each.partitions.includes(partition))
}

export const groupCommand = grouped('group', 'Groups of all types: members, lag, offsets.', [
  listCommand,
  describeCommand,
  whyCommand,
  seekCommand,
  kickCommand,
  deleteCommand,
])
