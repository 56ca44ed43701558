/**
 * Compares Odradek with Apache Kafka, prints how they differ, and writes matrix.md:
 * `npm run compat:oracle`. With words, only scenarios with one of these in `API · scenario`, and
 * no matrix: `npm run compat:oracle -- Metadata`.
 */
import { apis } from '../../test/protocol/every-api.ts'
import { allScenarios } from './areas.ts'
import { compareAll } from './compare.ts'
import { outdated, readEntries, unlisted } from './differences.ts'
import { matrixOf, writeMatrix } from './matrix.ts'

const words = process.argv.slice(2)
const chosen = allScenarios.filter(({ api, name }) => {
  return words.length === 0 || words.some(word => `${api.name} · ${name}`.includes(word))
})
const startMs = performance.now()
const { peers, results } = await compareAll(chosen)
const entries = readEntries()
const news = unlisted(results, entries)
const olds = words.length === 0 ? outdated(results, entries) : []
for (const line of news) console.log(line)
for (const line of olds) console.log(`does not differ any more: ${line}`)
if (words.length === 0) writeMatrix(matrixOf(apis, peers, results))
const equal = results.filter(({ differences }) => differences.length === 0).length
const seconds = Math.round((performance.now() - startMs) / 1000)
console.log(
  `${results.length} cases in ${seconds} s: ${equal} equal, ${results.length - equal} differ;` +
    ` ${news.length} differences are not listed`,
)
process.exitCode = news.length + olds.length === 0 ? 0 : 1
