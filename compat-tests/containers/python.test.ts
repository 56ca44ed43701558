/** The image under the stock modules of Testcontainers for Python. */
import path from 'node:path'
import { beforeAll, describe, it } from 'vitest'
import { missing, runTool } from '../tool.ts'
import { cache, expectRecord, image, skipped } from './image.ts'

const environment = path.join(cache, 'python')
const python = path.join(environment, 'bin/python')
const packages = ['testcontainers==4.15.0', 'packaging==25.0', 'confluent-kafka==2.16.1']

describe.skipIf(skipped)(`Testcontainers for Python${skipped}`, () => {
  beforeAll(async () => {
    missing('python3', 'install Python 3.10 or later with its venv module')
    await runTool('python3', ['-m', 'venv', environment])
    await runTool(python, ['-m', 'pip', 'install', '-q', ...packages])
  })

  it.each(['KafkaContainer', 'KafkaContainer, KRaft', 'RedpandaContainer'])('%s', module => {
    const program = path.join(import.meta.dirname, 'python/containers.py')
    return expectRecord(python, [program, image, module])
  })
})
