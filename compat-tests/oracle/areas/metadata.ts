import { metadata } from '../../../protocol/apis/03-metadata.ts'
import type { Input } from '../../../protocol/schema.ts'
import { scenarios } from '../scenario.ts'

type Request = Input<typeof metadata.request>

function names(...names: string[]): Request {
  return { topics: names.map(name => ({ name })), allowAutoTopicCreation: false }
}

const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'

export const metadataScenarios = [
  ...scenarios(metadata, {
    'a topic': async s => {
      const { name } = await s.topic({ numPartitions: 2 })
      await s.ask(names(name))
    },
    'a topic and an unknown one': async s => {
      const { name } = await s.topic()
      await s.ask(names(name, 'b/c'))
    },
    'the same topic twice': async s => {
      const { name } = await s.topic()
      await s.ask(names(name, name))
    },
    'all topics': async s => {
      await s.topic()
      await s.ask({ topics: s.version === 0 ? [] : null })
    },
    'an empty name': () => names(''),
    'an invalid name': () => names('a/b'),
    'a name of 250': () => names('n'.repeat(250)),
  }),

  ...scenarios(metadata, { 'no topics': () => names() }, { since: 1 }),

  ...scenarios(metadata, {
    'an unknown topic, to be created': async s => {
      await s.ask({ topics: [{ name: s.name() }], allowAutoTopicCreation: true })
      await s.usable(s.name())
      await s.ask({ topics: [{ name: s.name() }], allowAutoTopicCreation: true })
    },
    'an invalid name, to be created': () => {
      return { topics: [{ name: 'a/b' }], allowAutoTopicCreation: true }
    },
  }),

  ...scenarios(
    metadata,
    {
      'an unknown topic': s => names(s.name()),
      'the name __proto__': () => names('__proto__'),
      'the name constructor': () => names('constructor'),
    },
    { since: 4 },
  ),

  ...scenarios(
    metadata,
    {
      'authorized operations of a topic': async s => {
        const { name } = await s.topic()
        await s.ask({ ...names(name), includeTopicAuthorizedOperations: true })
      },
      'authorized operations of an unknown topic': s => {
        return { ...names(s.name()), includeTopicAuthorizedOperations: true }
      },
    },
    { since: 8 },
  ),
  ...scenarios(
    metadata,
    {
      'authorized operations of the cluster': () => {
        return { ...names(), includeClusterAuthorizedOperations: true }
      },
    },
    { since: 8, until: 10 },
  ),

  ...scenarios(
    metadata,
    {
      'an id, before ids count': async s => {
        const { id } = await s.topic()
        await s.ask({ topics: [{ name: null, topicId: id }], allowAutoTopicCreation: false })
      },
      'neither name nor id': () => {
        return { topics: [{ name: null }], allowAutoTopicCreation: false }
      },
      'name and id': async s => {
        const { name, id } = await s.topic()
        await s.ask({ topics: [{ name, topicId: id }], allowAutoTopicCreation: false })
      },
      'an unknown id': () => {
        return { topics: [{ name: null, topicId: unknownId }], allowAutoTopicCreation: false }
      },
      'a topic by name and another by id': async s => {
        const { name } = await s.topic({ name: s.name('a') })
        const { id } = await s.topic({ name: s.name('b') })
        const topics = [{ name }, { name: null, topicId: id }]
        await s.ask({ topics, allowAutoTopicCreation: false })
      },
      'the same id twice': async s => {
        const { id } = await s.topic()
        const topics = [
          { name: null, topicId: id },
          { name: null, topicId: id },
        ]
        await s.ask({ topics, allowAutoTopicCreation: false })
      },
    },
    { since: 10 },
  ),
]
