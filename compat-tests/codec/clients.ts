/**
 * The public kafka-clients jars, unpacked: Kafka's message definitions (common/message/*.json) and
 * the classes that Kafka generates from them. Needs Java 17 and Maven.
 */
import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import path from 'node:path'
import { missing, runTool } from '../tool.ts'

/** The newer one first, as it counts where both have a version. 4.0 removed many (KIP-896). */
export const releases = ['4.3.1', '3.9.1'] as const

/** What a test's name says where they cannot be had; '' where they can. */
export const skipped =
  missing('java', 'install a JDK of 17 or later') || missing('mvn', 'install Maven')

const folder = import.meta.dirname
const cache = path.join(folder, '../../.cache')

/** The directory of a release, fetched once for each clone; complete or not there. */
export async function fetchClients(release: string): Promise<string> {
  const classes = path.join(cache, `kafka-clients-${release}`)
  if (existsSync(classes)) return classes
  const partial = `${classes}.partial-${process.pid}`
  const unpack = [
    'dependency:unpack-dependencies',
    `-Drelease=${release}`,
    `-DoutputDirectory=${partial}`,
    `-DmarkersDirectory=${path.join(partial, 'markers')}`,
    '-DincludeArtifactIds=kafka-clients,slf4j-api',
    '-Dmdep.unpack.includes=common/message/*.json,org/apache/kafka/common/**,org/slf4j/**',
  ]
  const pom = path.join(folder, 'pom.xml')
  await runTool('mvn', ['-q', '-B', '-f', pom, ...unpack], { timeoutMs: 600_000 })
  await rename(partial, classes)
  return classes
}

/** Answers to the lines of a file, from the message classes of a release: see Codec.java. */
export async function askJava(release: string, questions: string): Promise<string[]> {
  const program = path.join(folder, 'Codec.java')
  const classes = await fetchClients(release)
  const output = await runTool('java', ['-cp', classes, program], { input: questions })
  return output.trimEnd().split('\n')
}
