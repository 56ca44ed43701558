/**
 * `globalSetup: ['odradek/vitest/global-setup']`: one broker for all of a run, for applications in
 * processes of their own. Tests find it by `inject('kafka')`.
 */
import type { TestProject } from 'vitest/node'
import { startBroker } from './index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where clients connect: 'host:port'. */
    kafka: string
  }
}

export default async function setup({ provide }: Pick<TestProject, 'provide'>) {
  const broker = await startBroker()
  provide('kafka', broker.bootstrapServers)
  return (): Promise<void> => broker.close()
}
