/** Where everybody may do what no ACL speaks of: allow.everyone.if.no.acl.found. */
import { metadata } from '../../../../protocol/apis/03-metadata.ts'
import { createTopics } from '../../../../protocol/apis/19-create-topics.ts'
import { initProducerId } from '../../../../protocol/apis/22-init-producer-id.ts'
import { describeAcls } from '../../../../protocol/apis/29-describe-acls.ts'
import { describeCluster } from '../../../../protocol/apis/60-describe-cluster.ts'
import type { Input } from '../../../../protocol/schema.ts'
import { give, type Right } from '../../rights.ts'
import { scenarios } from '../../scenario.ts'
import type { Session } from '../../session.ts'

type Request = Input<typeof metadata.request>

const another = 'User:oracle-user-other'

/** What is said of topic a, or near it. */
const said: Readonly<Record<string, (s: Session<never>) => Partial<Right>[]>> = {
  'of which nothing is said': () => [],
  'that the user may read': () => [{}],
  'that another may read': () => [{ principal: another }],
  'that another may not read': () => [{ principal: another, permission: 'deny' }],
  'that the user may not read': () => [{ permission: 'deny' }],
  'that another may read by prefix': s => [
    { principal: another, name: s.name(''), pattern: 'prefixed' },
  ],
  'that another may read by a longer prefix': s => [
    { principal: another, name: s.name('ab'), pattern: 'prefixed' },
  ],
  'that another may read from elsewhere': () => [{ principal: another, host: '10.1.2.3' }],
  'whose group another may read': () => [{ principal: another, resource: 'group' }],
}

const permissive = { setting: 'permissive', last: true } as const

export const permissiveScenarios = [
  ...scenarios(
    metadata,
    Object.fromEntries(
      Object.entries(said).map(([name, rights]) => {
        const script = async (s: Session<Request>) => {
          const topic = await s.topic()
          const right = { operation: 'read', resource: 'topic', name: topic.name } as const
          await give(s, ...rights(s).map(fields => ({ ...right, ...fields })))
          const topics = [{ name: topic.name }]
          return { topics, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true }
        }
        return [`a topic ${name}`, script]
      }),
    ),
    permissive,
  ),
  ...scenarios(
    createTopics,
    {
      'where nothing is said of it': s => {
        const topic = { name: s.name(), numPartitions: 1, replicationFactor: 1, assignments: [] }
        return { topics: [{ ...topic, configs: [] }], timeoutMs: 9999, validateOnly: false }
      },
    },
    permissive,
  ),
  ...scenarios(
    initProducerId,
    {
      'where nothing is said of it': () => ({ transactionalId: null, transactionTimeoutMs: 9999 }),
    },
    permissive,
  ),
  ...scenarios(
    describeCluster,
    { 'where nothing is said of it': () => ({ includeClusterAuthorizedOperations: true }) },
    permissive,
  ),
  ...scenarios(
    describeAcls,
    {
      'where nothing is said of it': s => ({
        resourceTypeFilter: 2,
        resourceNameFilter: s.name(),
        patternTypeFilter: 3,
        principalFilter: null,
        hostFilter: null,
        operation: 1,
        permissionType: 1,
      }),
    },
    permissive,
  ),
]
