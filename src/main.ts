#!/usr/bin/env node
/** The program: command line, signals, exit codes. */
import { enableCompileCache } from 'node:module'
import { constants } from 'node:os'
import type { Server } from './cli/start.ts'

// Before anything else is loaded: what is below is compiled once for all starts.
enableCompileCache()
const { readArguments } = await import('./cli/arguments.ts')
const { failureOf } = await import('./cli/failure.ts')
const { startServer } = await import('./cli/start.ts')

// Records are nobody's business but that of the user who runs the broker.
process.umask(0o077)

try {
  const settings = readArguments(process.argv.slice(2))
  if (settings !== undefined) {
    const server = await startServer(settings, () => process.exit(1))
    stopOnSignals(server)
    server.announce()
  }
} catch (error) {
  const failure = failureOf(error)
  if (failure === undefined) throw error
  process.stderr.write(`odradek: ${failure.message}\n`)
  process.exit(failure.exitCode)
}

/** The first signal answers what is in flight and saves everything; a second one does not wait. */
function stopOnSignals({ logger, close }: Server): void {
  let stopping = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(128 + constants.signals[signal])
    stopping = true
    logger.info({ signal }, 'stopping; a second signal stops at once')
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopped, but not everything was saved')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
}
