import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Tests run the sources by Node's own type stripping, as users do; no bundler in between.
    experimental: { viteModuleRunner: false },
  },
})
