/** The image under the stock modules of Testcontainers for Node.js. */
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, it } from 'vitest'
import { runTool } from '../tool.ts'
import { cache, expectRecord, image, skipped } from './image.ts'

const folder = path.join(cache, 'javascript')

describe.skipIf(skipped)(`Testcontainers for Node.js${skipped}`, () => {
  beforeAll(async () => {
    await cp(path.join(import.meta.dirname, 'javascript'), folder, { recursive: true })
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
    await runTool('npm', ['install', '--prefix', folder, ...flags])
  })

  it.each(['KafkaContainer', 'RedpandaContainer'])('%s', module =>
    expectRecord(process.execPath, [path.join(folder, 'containers.js'), image, module]),
  )
})
