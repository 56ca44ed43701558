import { createTopics } from '../../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../../protocol/apis/20-delete-topics.ts'
import type { Input } from '../../../protocol/schema.ts'
import { scenarios } from '../scenario.ts'

type Request = Input<typeof deleteTopics.request>
type Named = NonNullable<Request['topics']>[number]

const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'
const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'

/** By names, in the field that the version has for them. */
function names(...topicNames: string[]): Request {
  return {
    topicNames,
    topics: topicNames.map(name => ({ name, topicId: zeroId })),
    timeoutMs: 9999,
  }
}

function topics(...topics: Named[]): Request {
  return { topics, timeoutMs: 9999 }
}

export const deleteTopicsScenarios = [
  ...scenarios(deleteTopics, {
    'no topics': () => names(),
    'a topic': async s => {
      const { name } = await s.topic()
      await s.ask(names(name))
      await s.gone(name)
      await s.ask(names(name))
    },
    'and create it again': async s => {
      const { name } = await s.topic()
      await s.ask(names(name))
      await s.gone(name)
      const fields = { numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }
      await s.also(createTopics, { topics: [{ name, ...fields }] })
    },
    'an unknown topic': s => names(s.name()),
    'an empty name': () => names(''),
    'an invalid name': () => names('a/b'),
    'the name __proto__': () => names('__proto__'),
    'a topic and an unknown one': async s => {
      const { name } = await s.topic()
      await s.ask(names(name, s.name('unknown')))
    },
    'the same topic twice': async s => {
      const { name } = await s.topic()
      await s.ask(names(name, name))
    },
    'the same unknown topic twice': s => names(s.name(), s.name()),
    'timeout 0': async s => {
      const { name } = await s.topic()
      await s.ask({ ...names(name), timeoutMs: 0 })
    },
  }),

  ...scenarios(
    deleteTopics,
    {
      'by id': async s => {
        const { name, id } = await s.topic()
        await s.ask(topics({ name: null, topicId: id }))
        await s.gone(name)
        await s.ask(topics({ name: null, topicId: id }))
      },
      'an unknown id': () => topics({ name: null, topicId: unknownId }),
      'neither name nor id': () => topics({ name: null, topicId: zeroId }),
      'both name and id': async s => {
        const { name, id } = await s.topic()
        await s.ask(topics({ name, topicId: id }))
      },
      'both name and unknown id': async s => {
        const { name } = await s.topic()
        await s.ask(topics({ name, topicId: unknownId }))
      },
      'the same by name and by id': async s => {
        const { name, id } = await s.topic()
        await s.ask(topics({ name, topicId: zeroId }, { name: null, topicId: id }))
      },
      'the same id twice': async s => {
        const { id } = await s.topic()
        await s.ask(topics({ name: null, topicId: id }, { name: null, topicId: id }))
      },
      'one by name and another by id': async s => {
        const { name } = await s.topic({ name: s.name('a') })
        const { id } = await s.topic({ name: s.name('b') })
        await s.ask(topics({ name, topicId: zeroId }, { name: null, topicId: id }))
      },
    },
    { since: 6 },
  ),
]
