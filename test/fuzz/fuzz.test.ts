/**
 * A few rounds of each stage of `npm run fuzz`, what is known to reach far, and that the fuzzer
 * sees what it looks for. ODRADEK_TEST_SEED repeats a run.
 */
import { expect, it } from 'vitest'
import { WireError } from '../../protocol/wire.ts'
import { Corpus } from './corpus.ts'
import { decoders } from './decoders.ts'
import { decodeRound, tryDecoder } from './decoding.ts'
import { dispatchRound, FuzzedBroker, requestKind } from './dispatching.ts'
import { cpuMs, maxStallMs } from './finding.ts'
import { withTopicIds } from './samples.ts'
import { Serving } from './serving.ts'

const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Date.now() % 2 ** 31)
const corpus = Corpus.read()

it(`decoders refuse what is damaged, seed ${seed}`, async () => {
  for (let i = 0; i < 4; i++) {
    expect((await decodeRound(seed + i, corpus)).finding).toBeUndefined()
  }
})

it(`handlers answer or hang up, seed ${seed}`, async () => {
  for (let i = 0; i < 10; i++) {
    expect((await dispatchRound(seed + i, corpus)).finding).toBeUndefined()
  }
})

it(`a running broker serves others, seed ${seed}`, { timeout: 60_000 }, async () => {
  await using serving = await Serving.start(corpus)
  for (let i = 0; i < 15; i++) {
    expect((await serving.round(seed + i)).finding).toBeUndefined()
  }
})

it('takes what the corpus has', async () => {
  await using broker = await FuzzedBroker.open(1)
  for (const [kind, bytes] of corpus.entries()) {
    const decoder = decoders.find(({ name }) => name === kind)
    const finding =
      kind === requestKind
        ? await broker.take(withTopicIds(bytes, broker.topicIds))
        : await tryDecoder(decoder!, bytes)
    expect(finding).toBeUndefined()
  }
})

const fails = (run: () => unknown) => ({ name: 'odd', sample: () => ({ bytes, spans: [] }), run })
const bytes = Buffer.from('odd')

it('sees a decoder that fails, and one that takes its time', async () => {
  const refuses = fails(() => {
    throw new WireError('no')
  })
  const breaks = fails(() => {
    throw new TypeError('undefined has no properties')
  })
  const spins = fails(() => {
    for (const startMs = cpuMs(); cpuMs() - startMs <= maxStallMs;);
  })
  expect(await tryDecoder(refuses, bytes)).toBeUndefined()
  expect(await tryDecoder(breaks, bytes)).toMatchObject({
    kind: 'odd',
    what: expect.stringContaining('TypeError'),
    input: [bytes],
  })
  expect(await tryDecoder(spins, bytes)).toMatchObject({
    what: expect.stringMatching(/^a turn took 1/),
  })
})
