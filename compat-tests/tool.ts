/** Clients of other languages, as programs that a machine may or may not have. */
import { spawn, spawnSync } from 'node:child_process'
import { open, type FileHandle } from 'node:fs/promises'

/** What a test's name says about a program that is not there; '' when it is. */
export function missing(program: string, hint: string): string {
  const found = spawnSync(program, ['-V'], { stdio: 'ignore' }).error === undefined
  if (!found && process.env['CI']) throw new Error(`${program} is required in CI: ${hint}`)
  return found ? '' : ` (skipped: no ${program} here; ${hint})`
}

export interface ToolOptions {
  /** File for stdin. */
  input?: string
  /** File for stdout; without it the output is the result. */
  output?: string
  /** Where it runs; here, if it is not given. */
  folder?: string
  timeoutMs?: number
}

/** Runs a program to its end and gives its stdout. Rejects when it fails, with what it said. */
export async function runTool(
  program: string,
  args: readonly string[],
  { input, output, folder, timeoutMs = 120_000 }: ToolOptions = {},
): Promise<string> {
  await using stdin = await openIf(input, 'r')
  await using stdout = await openIf(output, 'w')
  const child = spawn(program, args, {
    stdio: [stdin?.fd ?? 'ignore', stdout?.fd ?? 'pipe', 'pipe'],
    cwd: folder,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let result = ''
  let complaint = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (result += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(result)
      else
        reject(
          failure(
            `${program} ${args.join(' ')}`,
            signal ?? `exit code ${code}`,
            `${complaint}${result}`,
          ),
        )
    })
  })
}

async function openIf(file: string | undefined, flags: string): Promise<FileHandle | undefined> {
  return file === undefined ? undefined : open(file, flags)
}

function failure(command: string, end: string, complaint: string): Error {
  return new Error(`${command}\nended with ${end}:\n${complaint}`)
}
