/** Prints how long two brokers take in a process that has loaded nothing yet, as JSON. */
import type * as Package from '../src/index.ts'

const startMs = performance.now()
const { startBroker } = (await import(process.argv[2]!)) as typeof Package
await startBroker()
const firstMs = performance.now() - startMs
const againStartMs = performance.now()
await startBroker()
console.log(JSON.stringify({ firstMs, againMs: performance.now() - againStartMs }))
