import { expect, it } from 'vitest'
import { Resources } from '../src/resources.ts'

function open(...names: string[]) {
  const released: string[] = []
  const resources = new Resources()
  for (const name of names) {
    resources.defer(async () => {
      await Promise.resolve()
      released.push(name)
      if (name.startsWith('bad')) throw new Error(name)
    })
  }
  return { resources, released }
}

it('are released once, in the opposite order, each when the one before is', async () => {
  const { resources, released } = open('a', 'b')
  await resources[Symbol.asyncDispose]()
  await resources[Symbol.asyncDispose]()
  expect(released).toEqual(['b', 'a'])
})

it('are released also where some cannot be', async () => {
  const { resources, released } = open('a', 'bad', 'c')
  await expect(resources[Symbol.asyncDispose]()).rejects.toThrow('bad')
  expect(released).toEqual(['c', 'bad', 'a'])
  const several = open('bad 1', 'bad 2').resources[Symbol.asyncDispose]()
  await expect(several).rejects.toMatchObject({
    errors: [{ message: 'bad 2' }, { message: 'bad 1' }],
  })
})

it('stay open when they are moved', async () => {
  const { resources, released } = open('a')
  const moved = resources.move()
  await resources[Symbol.asyncDispose]()
  expect(released).toEqual([])
  await moved[Symbol.asyncDispose]()
  expect(released).toEqual(['a'])
})
