import { expect, it } from 'vitest'
import { LimitedTasks } from '../../protocol/limited-tasks.ts'

it('so many tasks run at once, and the others begin in the order of their calls', async () => {
  const tasks = new LimitedTasks(2)
  const begun: number[] = []
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<number>())
  const results = ends.map((end, i) =>
    tasks.run(() => {
      begun.push(i)
      return end.promise
    }),
  )
  expect(begun).toEqual([0, 1])
  ends[1]!.resolve(1)
  await results[1]
  await expect.poll(() => begun).toEqual([0, 1, 2])
  ends[0]!.reject(new Error('failed'))
  await expect(results[0]).rejects.toThrow('failed')
  await expect.poll(() => begun).toEqual([0, 1, 2, 3])
  for (const end of ends) end.resolve(9)
  expect(await Promise.all(results.slice(2))).toEqual([9, 9])
})
