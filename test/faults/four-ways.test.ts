/** One fault is the same, however it comes into the broker. */
import { describe, expect, it } from 'vitest'
import { InvalidInput, type FaultSpec } from '../../src/index.ts'
import { odradek } from '../cli/recorded.ts'
import { openBroker } from './broker.ts'

type On = Awaited<ReturnType<typeof openBroker>>

const address = ({ broker }: On): string => broker.bootstrapServers

/** As options of the command line. */
function flags({ api, ...spec }: FaultSpec): string[] {
  const options = Object.entries(spec).flatMap(([name, value]) => {
    if (name === 'version') return ['--api-version', String(value)]
    const flag = `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
    return value === true ? [flag] : [flag, String(value)]
  })
  return [...(Array.isArray(api) ? api : [api]), ...options]
}

type Add = (on: On, spec: FaultSpec) => Promise<unknown>

/** A broker that the fault is added to. */
const added =
  (add: Add) =>
  async (spec: FaultSpec): Promise<On> => {
    const on = await openBroker()
    try {
      await add(on, spec)
      return on
    } catch (error) {
      expect(on.broker.faults()).toEqual([])
      await on[Symbol.asyncDispose]()
      throw error
    }
  }

const ways: readonly [string, (spec: FaultSpec) => Promise<On>][] = [
  ['JavaScript', added(async ({ broker }, spec) => broker.fault(spec))],
  [
    'HTTP',
    added(async (on, spec) => {
      const body = JSON.stringify(spec)
      const response = await fetch(`http://${address(on)}/v1/faults`, { method: 'POST', body })
      const answer = (await response.json()) as { message?: string }
      if (!response.ok) throw new InvalidInput(answer.message)
    }),
  ],
  [
    'the command line',
    added((on, spec) => odradek('fault', 'add', ...flags(spec), '-b', address(on))),
  ],
  ['a seed', spec => openBroker({ seed: [JSON.parse(JSON.stringify({ fault: spec }))] })],
]

describe.each(ways)('a fault by %s', (_, open) => {
  it('fires once, for whom it is meant', async () => {
    const spec = { api: 'OffsetCommit', group: 'bill*', error: 'NOT_COORDINATOR' } as const
    await using on = await open(spec)
    expect(await on.commit('other', { orders: 1 })).toEqual({ orders: 'NONE' })
    expect(await on.commit('billing', { orders: 1 })).toEqual({ orders: 'NOT_COORDINATOR' })
    expect(await on.commit('billing', { orders: 1 })).toEqual({ orders: 'NONE' })
    const [fault] = on.broker.faults()
    expect(fault).toMatchObject({ id: 1, left: 0, hits: [{ api: 'OffsetCommit', version: 8 }] })
    expect(fault!.spec).toEqual({
      api: expect.stringMatching(/OffsetCommit/) as string,
      group: 'bill*',
      error: 'NOT_COORDINATOR',
    })
  })

  it('takes all that a fault may say', async () => {
    const when = { topic: 'orders', partition: 0, client: 't*', node: 0, version: '4+' }
    const often = { times: 2, probability: 0.5, seed: 7, optional: true, force: true }
    const what = { api: 'Produce', error: 'ILLEGAL_GENERATION', delay: '1ms' } as const
    await using on = await open({ ...what, ...when, ...often })
    const errors = []
    for (let i = 0; i < 12; i++) errors.push((await on.produce('orders', `${i}`)).error)
    expect(errors.filter(error => error === 'ILLEGAL_GENERATION')).toHaveLength(2)
    await expect(seededErrors(often)).resolves.toEqual(errors)
  })

  it('is refused in the same words', async () => {
    const spec = { api: 'Produce', error: 'ILLEGAL_GENERATION' } as const
    await expect(open(spec)).rejects.toThrow('error ILLEGAL_GENERATION: Produce never answers it')
  })

  it('fails the end if it never fired', async () => {
    const on = await open({ api: 'Produce', action: 'disconnect', topic: 'none' })
    await on.client[Symbol.asyncDispose]()
    await expect(on.broker.close()).rejects.toThrow('a fault never fired: fault 1')
  })
})

/** By the seed alone: what a broker of its own answers to the same. */
async function seededErrors(often: Partial<FaultSpec>): Promise<string[]> {
  await using on = await openBroker()
  on.broker.fault({ api: 'Produce', error: 'ILLEGAL_GENERATION', ...often })
  const errors: string[] = []
  for (let i = 0; i < 12; i++) errors.push((await on.produce('orders', `${i}`)).error)
  return errors
}
