/** Commands without a process of their own. */
import { runCommand } from '../../src/cli/commands.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { checkOutput } from './schemas.ts'

export interface Recorded extends Terminal {
  /** Lines. */
  stdout: string[]
  stderr: string[]
}

/** A terminal that keeps what it is given; off a terminal, unless `view` says otherwise. */
export function recordingTerminal(view: Partial<Terminal> = {}): Recorded {
  const stdout: string[] = []
  const stderr: string[] = []
  return {
    stdout,
    stderr,
    print: async text => void stdout.push(...text.split('\n')),
    write: async bytes => void stdout.push(...bytes.toString().replace(/\n$/, '').split('\n')),
    say: text => void stderr.push(...text.split('\n')),
    progress: () => {},
    columns: undefined,
    isInteractive: false,
    ask: () => Promise.reject(new Error('nobody can be asked')),
    heading: text => text,
    ...view,
  }
}

/** What a command prints; with --json, checked by its schema. Rejects as it does. */
export async function odradek(...argv: readonly string[]): Promise<Recorded> {
  const terminal = recordingTerminal()
  if (!(await runCommand(argv, terminal))) throw new Error(`no command: ${argv[0]}`)
  if (argv.includes('--json')) await checkOutput(argv, terminal.stdout)
  return terminal
}
