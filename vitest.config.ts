import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Tests run the sources by Node's own type stripping, as users do; no bundler in between.
    experimental: { viteModuleRunner: false },
    // The sources keep no state outside of what tests make: loading them once a worker will do.
    isolate: false,
    // What hangs is found; what only waits for its turn on a busy machine is not wrong.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Many wait for clients, disks and processes: on two cores, one worker leaves one of them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})
