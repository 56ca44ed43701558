import { deleteGroup, describeGroup, kickMember, listGroups } from '../../admin/groups.ts'
import type { Position } from '../../admin/position.ts'
import { seekGroup } from '../../admin/seek.ts'
import { settledGroup } from '../../admin/settled.ts'
import { whyGroup } from '../../admin/why.ts'
import { integer, listOf, nullable, object, string } from '../../cli/json-schema.ts'
import type { Duration } from '../../duration.ts'
import { route } from '../route.ts'
import { as, mapOf } from '../schema.ts'
import { error, groupParams, position, timeout, topicName } from './schemas.ts'

const head = { group: string, type: string, state: string }

const member = object(
  {
    memberId: string,
    instanceId: nullable(string),
    clientId: string,
    clientHost: string,
    subscribedTopics: listOf(string),
    assignment: mapOf(listOf(integer)),
  },
  { missing: as(string, { description: 'Why the group is not stable, if it is by this member.' }) },
)

const partition = object({
  topic: string,
  partition: integer,
  committedOffset: nullable(integer),
  endOffset: integer,
  lag: integer,
  committedAt: as(nullable(integer), { description: 'Milliseconds since 1970.' }),
  memberId: nullable(string),
})

const describedGroup = object({
  ...head,
  epoch: as(integer, { description: 'The generation of a classic group, else its epoch.' }),
  coordinator: integer,
  members: listOf(member),
  partitions: listOf(partition),
  lag: as(integer, { description: 'Of all partitions.' }),
})

const rebalance = object(
  { timestamp: integer, cause: string, epoch: integer, text: string },
  { memberId: string, instanceId: string, clientId: string, clientHost: string, reason: string },
)

const why = object({
  ...head,
  epoch: integer,
  rebalances: as(listOf(rebalance), { description: 'The last 32, the oldest first.' }),
  text: as(string, { description: 'All of it for people, a line for each.' }),
})

const sought = object({ topic: string, partition: integer, offset: integer })

export const groupRoutes = [
  route({
    method: 'GET',
    path: '/v1/groups',
    summary: 'List groups',
    access: 'read',
    answers: {
      200: {
        description: 'In the order of their names.',
        schema: object({ groups: listOf(object({ ...head, members: integer })) }),
      },
    },
    run: (_, { broker }) => ({ groups: listGroups(broker().services) }),
  }),
  route({
    method: 'GET',
    path: '/v1/groups/{group}',
    summary: 'Describe a group: members, assignments, offsets and lag',
    access: 'read',
    params: groupParams,
    answers: { 200: { description: 'As it is now.', schema: describedGroup } },
    run: ({ params }, { broker }) => describeGroup(broker().services, params.group),
  }),
  route({
    method: 'GET',
    path: '/v1/groups/{group}/why',
    summary: 'Say why a group has rebalanced lately',
    access: 'read',
    params: groupParams,
    answers: { 200: { description: 'Causes, as data and as text.', schema: why } },
    run: ({ params }, { broker }) => whyGroup(broker().services, params.group),
  }),
  route({
    method: 'POST',
    path: '/v1/groups/{group}/settled',
    summary: 'Wait until a group is stable and has read all that there is',
    access: 'read',
    params: groupParams,
    body: object({}, { timeout }),
    answers: {
      200: { description: 'It is.', schema: describedGroup },
      408: { description: 'It is not yet; the message says what is missing.', schema: error },
    },
    run({ params, body }, { broker, signal }) {
      const waiting = { signal, timeout: body.timeout as Duration | undefined }
      return settledGroup(broker().services, params.group, waiting)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/groups/{group}/seek',
    summary: 'Have a group go on elsewhere; its members are removed, and join again',
    access: 'development',
    params: groupParams,
    body: object({ to: position }, { topics: listOf(topicName) }),
    answers: {
      200: { description: 'Where it goes on.', schema: object({ partitions: listOf(sought) }) },
    },
    async run({ params, body: { to, topics } }, { broker }) {
      const named = topics === undefined ? {} : { topics }
      const partitions = await seekGroup(broker().services, params.group, to as Position, named)
      return { partitions }
    },
  }),
  route({
    method: 'POST',
    path: '/v1/groups/{group}/kick',
    summary: 'Remove a member',
    access: 'development',
    params: groupParams,
    body: object({ member: as(string, { description: 'Its id, or its group.instance.id.' }) }),
    answers: { 204: { description: 'Its client learns of it with its next request.' } },
    run: ({ params, body }, { broker }) => kickMember(broker().services, params.group, body.member),
  }),
  route({
    method: 'DELETE',
    path: '/v1/groups/{group}',
    summary: 'Delete a group that nobody is in',
    access: 'development',
    params: groupParams,
    answers: { 204: { description: 'It is gone, with all that it has committed.' } },
    run: ({ params }, { broker }) => deleteGroup(broker().services, params.group),
  }),
]
