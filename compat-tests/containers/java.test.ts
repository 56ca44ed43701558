/** The image under the stock modules of Testcontainers for Java. */
import path from 'node:path'
import { beforeAll, describe, it } from 'vitest'
import { missing, runTool } from '../tool.ts'
import { cache, docker, expectRecord, image, skipped } from './image.ts'

const sources = path.join(import.meta.dirname, 'java')
const jars = path.join(cache, 'java-jars')
const classes = path.join(cache, 'java-classes')
const classPath = [classes, path.join(jars, '*')].join(path.delimiter)

describe.skipIf(skipped)(`Testcontainers for Java${skipped}`, () => {
  let flags: string[]

  beforeAll(async () => {
    missing('javac', 'install a JDK of 17 or later')
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
    await runTool('mvn', ['-q', '-B', '-f', path.join(sources, 'pom.xml'), ...goal])
    const source = path.join(sources, 'Containers.java')
    await runTool('javac', ['-nowarn', '-d', classes, '-cp', path.join(jars, '*'), source])
    // The client asks for the newest API it knows, which older engines refuse.
    const api = await docker('version', '--format', '{{.Server.APIVersion}}')
    flags = [`-Dapi.version=${api.trim()}`, '-XX:TieredStopAtLevel=1', '-cp', classPath]
  })

  it.each([
    'KafkaContainer',
    'ConfluentKafkaContainer',
    'legacy KafkaContainer',
    'legacy KafkaContainer, KRaft',
    'RedpandaContainer',
  ])('%s', module => expectRecord('java', [...flags, 'Containers', image, module]))
})
