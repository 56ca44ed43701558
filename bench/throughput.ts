/** What a native client (kcat, which is librdkafka) writes and reads in a second. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runTool } from '../compat-tests/tool.ts'

const recordBytes = 1000
const records = 300_000
const megabyte = 1_000_000

export interface Throughput {
  produceMBps: number
  consumeMBps: number
}

/** A file of lines, one for each record, which no codec would help with. */
export async function writeInput(folder: string): Promise<string> {
  const file = path.join(folder, 'input')
  const line = 'abcdefghij'.repeat(recordBytes / 10).slice(1)
  await writeFile(file, `${line}\n`.repeat(records))
  return file
}

export async function measureThroughput(
  bootstrapServers: string,
  input: string,
  topic: string,
): Promise<Throughput> {
  const output = `${input}.read`
  const kcat = (...args: string[]): string[] => ['-b', bootstrapServers, '-q', '-t', topic, ...args]
  const batching = ['-X', 'linger.ms=5', '-X', 'batch.size=1000000', '-X', 'acks=all']
  // The topic is there before the clock runs.
  await runTool('kcat', kcat('-L'))
  const produceMBps = await rate(() => runTool('kcat', kcat('-P', ...batching), { input }))
  const reading = ['-X', 'fetch.wait.max.ms=10', '-X', 'check.crcs=false']
  const consumeMBps = await rate(() =>
    runTool('kcat', kcat('-C', '-e', '-o', 'beginning', ...reading), { output }),
  )
  await rm(output)
  return { produceMBps, consumeMBps }
}

async function rate(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await run()
  const seconds = (performance.now() - startMs) / 1000
  return (recordBytes * records) / megabyte / seconds
}
