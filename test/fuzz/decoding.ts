/** Decoders, one case after the other, in this process. */
import { KafkaError } from '../../protocol/errors.ts'
import { WireError } from '../../protocol/wire.ts'
import { Dice } from '../simulation/dice.ts'
import type { Corpus } from './corpus.ts'
import type { Coverage } from './coverage.ts'
import { decoderKinds, type Decoder } from './decoders.ts'
import { watched, whatIsWrong, type Finding, type Round } from './finding.ts'
import { damaged, type Message } from './spans.ts'

const casesPerRound = 500

/** The cases of a seed; those that execute something new become part of the corpus. */
export async function decodeRound(
  seed: number,
  corpus: Corpus,
  coverage?: Coverage,
): Promise<Round> {
  const tried: (readonly [Decoder, Buffer])[] = []
  for (let i = 0; i < casesPerRound; i++) {
    const dice = new Dice(seed * casesPerRound + i)
    const decoder = dice.pick(dice.pick(decoderKinds))
    const bytes = caseFor(decoder, corpus, dice)
    tried.push([decoder, bytes])
    const finding = await tryDecoder(decoder, bytes)
    if (finding !== undefined) return { cases: tried.length, finding }
  }
  if (coverage !== undefined) await keepFresh(tried, corpus, coverage)
  return { cases: tried.length }
}

function caseFor(decoder: Decoder, corpus: Corpus, dice: Dice): Buffer {
  const known = corpus.of(decoder.name)
  if (known.length > 0 && dice.chance(0.4)) {
    return damaged({ bytes: dice.pick(known), spans: [] }, dice)
  }
  const message: Message = decoder.sample(dice)
  return dice.chance(0.2) ? message.bytes : damaged(message, dice)
}

/** Keeps those of the cases that reach what nothing has before. */
async function keepFresh(
  tried: readonly (readonly [Decoder, Buffer])[],
  corpus: Corpus,
  coverage: Coverage,
): Promise<void> {
  const fresh = coverage.fresh()
  for (const [decoder, bytes] of tried) {
    if (fresh.size === 0) return
    coverage.executed()
    await tryDecoder(decoder, bytes)
    const missed = fresh.size
    for (const block of coverage.executed()) fresh.delete(block)
    if (fresh.size < missed) corpus.add(decoder.name, bytes)
  }
}

/** A case: refused or not, in time, and for nothing but what the bytes are. */
export async function tryDecoder(decoder: Decoder, bytes: Buffer): Promise<Finding | undefined> {
  const copy = Buffer.from(bytes)
  const { error, longestTurnMs } = await watched(() => decoder.run(copy))
  const what = whatIsWrong(error, isRefusal, longestTurnMs)
  return what === undefined ? undefined : { kind: decoder.name, what, input: [bytes] }
}

function isRefusal(error: unknown): boolean {
  return error instanceof WireError || error instanceof KafkaError || error instanceof SyntaxError
}
