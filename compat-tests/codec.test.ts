/**
 * Every codec against Apache Kafka's own, byte for byte: random messages of Java are read and
 * written here, and random messages of ours are read and written by Java, for each API, version
 * and direction. int64 stays within ±2^53 and the extremes, which is what the codec promises.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { valueOf } from '../test/protocol/arbitrary.ts'
import { apis, cases, decode, encode, type Case } from '../test/protocol/every-api.ts'
import { askJava, releases, skipped } from './codec/clients.ts'

const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Date.now() % 2 ** 31)
/** For each API, version and direction, on each side. */
const messages = 16

/** A random message, and what Java says of it. */
interface Sample {
  of: Case
  /** Undefined for one that Java makes: the answer is the message. */
  ours: Buffer | undefined
  /** By release, in the order of `releases`. */
  answers: string[]
}

function makeSamples(of: Case): Sample[] {
  const ours = fc
    .sample(valueOf(of.schema, of.version), { seed, numRuns: messages })
    .map(value => encode(of.codec, value))
  const java = Array.from(ours, () => undefined)
  return [...java, ...ours].map(ours => ({ of, ours, answers: [] }))
}

function question({ of: { api, version, direction }, ours }: Sample, index: number): string {
  const what = ours === undefined ? `random ${seed + index}` : `recode ${ours.toString('hex')}`
  return `${api.key} ${version} ${direction} ${what}`
}

/** What is wrong with an answer; undefined for nothing. */
function fault({ of, ours }: Sample, answer: string): string | undefined {
  const { direction, version, codec } = of
  const where = `${direction} v${version}, ${ours === undefined ? "Java's" : 'ours'}`
  if (answer === 'unsupported') return undefined
  if (answer.startsWith('error')) return `${where} ${ours?.toString('hex') ?? ''}: Java's ${answer}`
  if (ours !== undefined) {
    const sent = ours.toString('hex')
    return answer === sent ? undefined : `${where}: ${sent} became ${answer}`
  }
  try {
    const back = encode(codec, decode(codec, Buffer.from(answer, 'hex'))).toString('hex')
    return back === answer ? undefined : `${where}: ${answer} became ${back}`
  } catch (error) {
    return `${where}: ${answer}: ${String(error)}`
  }
}

describe.skipIf(skipped)(`codecs are those of Apache Kafka, seed ${seed}${skipped}`, () => {
  let folder: string
  let samples: Sample[]

  beforeAll(async () => {
    samples = cases.flatMap(makeSamples)
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-codec-'))
    const questions = path.join(folder, 'questions')
    await writeFile(questions, samples.map(question).join('\n'))
    for (const release of releases) {
      const answers = await askJava(release, questions)
      expect(answers).toHaveLength(samples.length)
      samples.forEach((sample, i) => sample.answers.push(answers[i]!))
    }
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each(apis)('$name', api => {
    const its = samples.filter(({ of }) => of.api === api)
    const faults = its.flatMap(sample => sample.answers.map(answer => fault(sample, answer)))
    expect(faults.filter(text => text !== undefined)).toEqual([])
    const unanswered = its.filter(({ answers }) => answers.every(text => text === 'unsupported'))
    expect(unanswered.map(({ of }) => `${of.direction} v${of.version}`)).toEqual([])
  })
})
