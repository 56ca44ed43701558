/** What is done with a broker in one turn, and the figures that come of it. */
import type { Contender } from './contenders.ts'
import { runLoad, type LoadFigures, type LoadOptions } from './load.ts'
import { cpuSeconds, forgetPeak, memory } from './usage.ts'

/** By title, with the unit in it. */
export type Figures = Readonly<Record<string, number>>

export type Measure = (contender: Contender, load: LoadOptions) => Promise<Figures>

const megabyte = 1e6
const gigabyte = 1e9

/** Produce, and nothing else. */
export const produce: Measure = async (contender, load) => {
  await forgetPeak(contender.pid)
  const rates = await throughput('produce', contender, load)
  return { ...rates, ...(await memoryFigures(contender)) }
}

/** Produce, then consume the same from the page cache. */
export const produceThenConsume: Measure = async (contender, load) => {
  await forgetPeak(contender.pid)
  const produced = await throughput('produce', contender, load)
  const consumed = await throughput('consume', contender, load)
  return { ...produced, ...consumed, ...(await memoryFigures(contender)) }
}

async function throughput(
  command: 'produce' | 'consume',
  { pid, bootstrapServers }: Contender,
  load: LoadOptions,
): Promise<Figures> {
  const before = await cpuSeconds(pid)
  const figures = await runLoad(command, { ...load, bootstrap: bootstrapServers })
  const spent = (await cpuSeconds(pid)) - before
  return {
    [`${command} MB/s`]: figures['MBps']!,
    [`${command} CPU s/GB`]: (spent * gigabyte) / figures['bytes']!,
    [`${command} client CPU s/GB`]: clientCpuPerGigabyte(figures),
  }
}

function clientCpuPerGigabyte(figures: LoadFigures): number {
  return (figures['clientCpuSeconds']! * gigabyte) / figures['bytes']!
}

async function memoryFigures({ pid }: Contender): Promise<Figures> {
  const { residentBytes, peakBytes } = await memory(pid)
  return { 'memory MB': residentBytes / megabyte, 'peak memory MB': peakBytes / megabyte }
}
