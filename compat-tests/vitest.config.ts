import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['compat-tests/**/*.test.ts'],
    experimental: { viteModuleRunner: false },
    // Clients of other languages on one machine: one after the other, so that each has its time.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
