import { describe, expect, it } from 'vitest'
import { AppendOrder } from '../../src/partitions/append-order.ts'

const never = new Promise<string>(() => {})

/** What was appended, and how to append it. */
function journal() {
  const appended: string[] = []
  const append = (batch: string): Promise<string> => {
    appended.push(batch)
    return Promise.resolve(batch)
  }
  return { appended, append }
}

describe('appends of a partition', () => {
  it('begin before the caller goes on, where nothing is in the way', async () => {
    const { appended, append } = journal()
    const order = new AppendOrder()
    const results = ['a', 'b'].map(batch => order.run(batch, append))
    expect(appended).toEqual(['a', 'b'])
    expect(await Promise.all(results)).toEqual(['a', 'b'])
  })

  it('wait behind one that is made ready, in the order of the calls', async () => {
    const { appended, append } = journal()
    const order = new AppendOrder()
    const [first, third] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
    const results = [first.promise, 'b', third.promise, 'd'].map(batch => order.run(batch, append))
    third.resolve('c')
    await third.promise
    expect(appended).toEqual([])
    first.resolve('a')
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd'])
    expect(appended).toEqual(['a', 'b', 'c', 'd'])
  })

  it('go on behind one that was refused, and still wait for those before it', async () => {
    const { appended, append } = journal()
    const order = new AppendOrder()
    const first = Promise.withResolvers<string>()
    const a = order.run(first.promise, append)
    await expect(order.run(Promise.reject<string>(new Error('b')), append)).rejects.toThrow('b')
    const c = order.run('c', append)
    expect(appended).toEqual([])
    first.resolve('a')
    expect(await Promise.all([a, c])).toEqual(['a', 'c'])
    expect(appended).toEqual(['a', 'c'])
  })

  it('go on behind one whose append throws', async () => {
    const order = new AppendOrder()
    const refused = order.run(Promise.resolve('a'), () => {
      throw new Error('refused')
    })
    const next = order.run('b', batch => Promise.resolve(batch))
    await expect(refused).rejects.toThrow('refused')
    expect(await next).toBe('b')
  })

  it('wait for the call of those before, not for what these wait for', async () => {
    const order = new AppendOrder()
    void order.run(Promise.resolve('a'), () => never)
    expect(await order.run('b', batch => Promise.resolve(batch))).toBe('b')
  })

  it('begin at once again when nothing is in the way any more', async () => {
    const { appended, append } = journal()
    const order = new AppendOrder()
    await order.run(Promise.resolve('a'), append)
    await new Promise(resolve => setImmediate(resolve))
    void order.run('b', append)
    expect(appended).toEqual(['a', 'b'])
  })
})
