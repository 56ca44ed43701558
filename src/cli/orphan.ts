import type { Clock } from '../clock.ts'

const lookEveryMs = 200

/**
 * Calls back when the process that started this one is gone. npm and npx run commands in a shell,
 * and a signal to npm ends the shell but is not passed on: without this, the command would go on.
 */
export function whenOrphaned(clock: Clock, run: () => void, parentOf = () => process.ppid): void {
  const parent = parentOf()
  const look = (): void => {
    if (parentOf() === parent) clock.after(lookEveryMs, look)
    else run()
  }
  clock.after(lookEveryMs, look)
}
