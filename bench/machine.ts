/** Where and with what the figures were measured, and the machine made ready for it. */
import { spawnSync } from 'node:child_process'
import { open, rm, statfs } from 'node:fs/promises'
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from 'node:os'
import path from 'node:path'

/** statfs(2). */
const fileSystems: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlayfs',
}

export async function describeMachine(): Promise<[string, string][]> {
  const { type: magic } = await statfs(tmpdir())
  const [major, minor] = release().split('.')
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return [
    ['processor', `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`],
    ['memory', `${gigabytes} GiB`],
    ['system', `${type()} ${major}.${minor}, ${fileSystems[magic] ?? `file system ${magic}`}`],
    ['Node.js', process.version],
    ['Apache Kafka', '4.3.1, default configuration but for the ones named, heap of 1 GB'],
    ['Java', firstLine('java', ['-version'])],
    ['client', `librdkafka ${firstLine('pkg-config', ['--modversion', 'rdkafka'])}`],
  ]
}

function firstLine(program: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, JAVA_TOOL_OPTIONS: undefined },
  })
  return error ? 'not installed' : `${stdout}${stderr}`.split('\n')[0]!
}

/**
 * On a virtual machine the first touch of a page costs its host's work, 2 to 3 s of processor time
 * for each GB, whoever touches it first: so that it is no broker, a file is written and removed.
 */
export async function warmPageCache(bytes: number): Promise<void> {
  const file = path.join(tmpdir(), `bench-warm-up-${process.pid}`)
  const chunk = Buffer.alloc(1 << 22, 1)
  const handle = await open(file, 'w')
  try {
    for (let written = 0; written < bytes; written += chunk.length) await handle.write(chunk)
  } finally {
    await handle.close()
    await rm(file)
  }
}
