/** The image under the stock modules of Testcontainers for Go. */
import path from 'node:path'
import { beforeAll, describe, it } from 'vitest'
import { missing, runTool } from '../tool.ts'
import { cache, expectRecord, image, skipped } from './image.ts'

const program = path.join(cache, 'go-containers')

describe.skipIf(skipped)(`Testcontainers for Go${skipped}`, () => {
  beforeAll(async () => {
    missing('go', 'install Go 1.26 or later')
    const sources = path.join(import.meta.dirname, 'go')
    await runTool('go', ['build', '-C', sources, '-o', program, '.'])
  })

  it.each(['kafka', 'redpanda', 'redpanda with SASL'])('%s', module =>
    expectRecord(program, [image, module]),
  )
})
