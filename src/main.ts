/** The program: command line, signals, exit codes. */
import { constants } from 'node:os'
import { runCommand } from './cli/commands.ts'
import { failureOf } from './cli/failure.ts'
import { closeInterrupted } from './cli/interrupt.ts'
import { whenOrphaned } from './cli/orphan.ts'
import type { Server } from './cli/start.ts'
import { systemClock } from './clock.ts'

// Records are nobody's business but that of the user who runs the broker.
process.umask(0o077)

/** What a command has to do before it ends gets a moment; a second signal does not wait. */
const longestFarewellMs = 800
let isInterrupted = false
const interrupt = (signal: NodeJS.Signals): void => {
  const exit = (): never => process.exit(128 + constants.signals[signal])
  if (isInterrupted) exit()
  isInterrupted = true
  systemClock.after(longestFarewellMs, exit)
  void closeInterrupted().then(exit)
}
process.on('SIGINT', interrupt).on('SIGTERM', interrupt)

// Whoever prints hears of it; help, which nobody reads to its end, is no reason to fail.
process.stdout.on('error', () => {})

try {
  const argv = process.argv.slice(2)
  if (!(await runNamed(argv))) await serve(argv)
} catch (error) {
  const failure = failureOf(error)
  if (failure === undefined) throw error
  if (failure.exitCode !== 0) process.stderr.write(`odradek: ${failure.message}\n`)
  process.exit(failure.exitCode)
}

/** Loaded for this only: a command is done before a broker is ready to begin. */
async function serve(argv: readonly string[]): Promise<void> {
  const { readArguments } = await import('./cli/arguments.ts')
  const start = await readArguments(argv)
  if (start === undefined) return
  const { startServer } = await import('./cli/start.ts')
  const server = await startServer(start, () => process.exit(1))
  stopOnSignals(server)
  server.announce()
}

/** Runs the command that the arguments name; false when they name none. */
async function runNamed(argv: readonly string[]): Promise<boolean> {
  const [name, ...rest] = argv
  if (name !== 'kafka-tool') return runCommand(argv)
  await (await import('./cli/kafka-tool.ts')).runKafkaTool(rest)
  return true
}

/** The first signal answers what is in flight and saves everything; a second one does not wait. */
function stopOnSignals({ logger, close }: Server): void {
  let stopping = false
  const stop = (reason: string): void => {
    stopping = true
    logger.info({ reason }, 'stopping; a signal stops at once')
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopped, but not everything was saved')
        process.exit(1)
      },
    )
  }
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(128 + constants.signals[signal])
    stop(signal)
  }
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  if (process.env['npm_lifecycle_event'] !== undefined) {
    whenOrphaned(systemClock, () => {
      if (!stopping) stop('npm was stopped')
    })
  }
}
