/** Reads a topic by a client's program: exactly-once/python/reader.py or franz-go/reader. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Command } from '../programs.ts'
import type { Seen } from './judge.ts'

export type Isolation = 'read_committed' | 'read_uncommitted'

/** Reads on until it is ended. */
export interface Follower extends AsyncDisposable {
  readonly seen: readonly Seen[]
  /** Rejects when the program had ended before, or ends otherwise than well. */
  end(): Promise<void>
}

export function follow(
  { program, args }: Command,
  bootstrapServers: string,
  topic: string,
): Follower {
  const child = spawn(program, [...args, bootstrapServers, topic, 'read_committed', 'follow'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const seen = collect(child.stdout)
  child.stdin.on('error', () => undefined)
  return {
    seen,
    async end() {
      if (child.exitCode !== null) throw new Error('the reader has ended by itself')
      child.stdin.end('stop\n')
      await closed
      if (child.exitCode !== 0) throw new Error(`the reader ended with ${child.exitCode}`)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** All of it, from start to end. */
export async function readAll(
  { program, args }: Command,
  bootstrapServers: string,
  topic: string,
  isolation: Isolation,
): Promise<Seen[]> {
  const child = spawn(program, [...args, bootstrapServers, topic, isolation, 'once'], {
    // A pipe that nobody writes to: a line would end it.
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const seen = collect(child.stdout)
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`the reader ended with ${child.exitCode}`)
  return seen
}

function collect(output: NodeJS.ReadableStream): Seen[] {
  const seen: Seen[] = []
  createInterface({ input: output }).on('line', line => {
    const [partition, offset, key, value] = line.split(' ') as [string, string, string, string]
    seen.push({ partition: Number(partition), offset: Number(offset), key, value })
  })
  return seen
}
