import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ProducerTurns } from '../../src/partitions/producer-turns.ts'

const producer = 7

/** Appends in turns, and says which were, in their order. */
function recorder() {
  const turns = new ProducerTurns()
  const appended: string[] = []
  const run = (name: string, producerId: number, admitted?: Promise<void>): Promise<string> =>
    turns.run(producerId, admitted, async () => {
      appended.push(name)
      return name
    })
  return { appended, run }
}

it('appends at once where nothing waits', async () => {
  const { appended, run } = recorder()
  const result = run('a', producer)
  expect(appended).toEqual(['a'])
  expect(await result).toBe('a')
})

it('keeps the batches of a producer in order behind one that waits, and no others', async () => {
  const { appended, run } = recorder()
  const admitted = Promise.withResolvers<void>()
  const results = [run('a', producer, admitted.promise), run('b', producer), run('c', 8)]
  await setImmediate()
  expect(appended).toEqual(['c'])
  admitted.resolve()
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c'])
  expect(appended).toEqual(['c', 'a', 'b'])
  // Nobody waits any more.
  void run('d', producer)
  expect(appended).toHaveLength(4)
})

it('goes on behind one that is refused', async () => {
  const { appended, run } = recorder()
  const refused = run('a', producer, Promise.reject(new Error('refused')))
  const next = run('b', producer, Promise.resolve())
  await expect(refused).rejects.toThrow('refused')
  expect(await next).toBe('b')
  expect(appended).toEqual(['b'])
})
