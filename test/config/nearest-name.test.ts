import { describe, expect, it } from 'vitest'
import { nearestName } from '../../src/config/nearest-name.ts'

const known = ['num.partitions', 'num.io.threads', 'log.dirs', 'log.dir', 'listeners']

describe('the nearest name', () => {
  it.each([
    ['num.partition', 'num.partitions'],
    ['numpartitions', 'num.partitions'],
    ['num.partitoins', 'num.partitions'],
    ['Listeners', 'listeners'],
    ['log.dris', 'log.dirs'],
    ['listener', 'listeners'],
  ])('of %s is %s', (name, expected) => {
    expect(nearestName(name, known)).toBe(expected)
  })

  it.each(['foo.bar', 'x', ''])('of %j is none: nothing is near', name => {
    expect(nearestName(name, known)).toBeUndefined()
  })
})
