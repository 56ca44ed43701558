/**
 * Damaged input by the thousand: `npm run fuzz -- --seconds 600 --seed 7`. Prints lines for
 * results.md, and each finding with the way to see it again. `--grow` looks instead for cases that
 * execute what no other has, and adds them to corpus.txt.
 */
import { parseArgs } from 'node:util'
import { Corpus } from './corpus.ts'
import { Coverage } from './coverage.ts'
import { decodeRound } from './decoding.ts'
import { dispatchRound } from './dispatching.ts'
import type { Finding, Round } from './finding.ts'
import { Serving } from './serving.ts'

const stages = ['decode', 'dispatch', 'serve'] as const
type Stage = (typeof stages)[number]

/** The share of the time that each gets. */
const shares: Readonly<Record<Stage, number>> = { decode: 0.2, dispatch: 0.2, serve: 0.6 }
const maxFindings = 10

interface Options {
  seed: number
  /** For all stages together. */
  seconds: number
  /** Of each stage, at most. */
  rounds: number
  stages: readonly Stage[]
}

interface Result {
  stage: Stage
  seed: number
  cases: number
  seconds: number
  /** What is said of a running broker. */
  facts: string
  findings: number
}

function report(stage: Stage, seed: number, { kind, what, input }: Finding): void {
  console.error(`${stage}, ${kind}: ${what}`)
  console.error(`again: npm run fuzz -- --stage ${stage} --seed ${seed} --rounds 1`)
  if (input.length === 1 && input[0]!.length < 4096)
    console.error(`the bytes: ${input[0]!.toString('base64')}`)
}

/** Rounds of consecutive seeds until the time is up. */
async function runStage(
  stage: Stage,
  { seed: first, seconds, rounds }: Omit<Options, 'stages'>,
  round: (seed: number) => Promise<Round>,
): Promise<Result> {
  const startMs = performance.now()
  let cases = 0
  let findings = 0
  const isOver = (seed: number): boolean =>
    seed === first + rounds ||
    performance.now() - startMs > seconds * 1000 ||
    findings === maxFindings
  for (let seed = first; !isOver(seed); seed++) {
    const result = await round(seed)
    cases += result.cases
    if (result.finding === undefined) continue
    findings++
    report(stage, seed, result.finding)
  }
  const took = (performance.now() - startMs) / 1000
  return { stage, seed: first, cases, seconds: Math.round(took), facts: '', findings }
}

async function serve(options: Omit<Options, 'stages'>, corpus: Corpus): Promise<Result> {
  await using serving = await Serving.start(corpus)
  const result = await runStage('serve', options, seed => serving.round(seed))
  const { facts, growth } = await serving.summary()
  if (growth !== undefined) report('serve', options.seed, growth)
  return { ...result, facts, findings: result.findings + (growth === undefined ? 0 : 1) }
}

async function run({ stages: chosen, ...options }: Options): Promise<boolean> {
  const corpus = Corpus.read()
  const rounds = {
    decode: (seed: number) => decodeRound(seed, corpus),
    dispatch: (seed: number) => dispatchRound(seed, corpus),
  }
  const share = chosen.reduce((sum, stage) => sum + shares[stage], 0)
  let hasFailed = false
  for (const stage of chosen) {
    const own = { ...options, seconds: (options.seconds * shares[stage]) / share }
    const result =
      stage === 'serve' ? await serve(own, corpus) : await runStage(stage, own, rounds[stage])
    hasFailed ||= result.findings > 0
    console.log(row(result))
  }
  return !hasFailed
}

function row({ stage, seed, cases, seconds, facts, findings }: Result): string {
  const date = new Date().toISOString().slice(0, 10)
  const each = Math.round(cases / Math.max(1, seconds))
  const cells = [date, process.version, stage, seed, seconds, cases, each, facts, findings]
  return `| ${cells.join(' | ')} |`
}

/** Half of the time for decoders, half for handlers. */
async function grow({ seed: first, seconds }: Options): Promise<void> {
  const corpus = Corpus.read()
  using coverage = new Coverage()
  for (const round of [decodeRound, dispatchRound]) {
    const endMs = performance.now() + seconds * 500
    for (let seed = first; performance.now() < endMs; seed++) {
      const { finding } = await round(seed, corpus, coverage)
      if (finding !== undefined) console.error(finding.kind, finding.what)
    }
  }
  corpus.write()
  console.log(`${coverage.blocks} blocks of the project were executed`)
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    seconds: { type: 'string', default: '30' },
    rounds: { type: 'string', default: 'Infinity' },
    stage: { type: 'string' },
    grow: { type: 'boolean', default: false },
  },
})
const options: Options = {
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  stages: stages.filter(stage => values.stage === undefined || values.stage === stage),
}
if (values.grow) await grow(options)
else process.exitCode = (await run(options)) ? 0 : 1
