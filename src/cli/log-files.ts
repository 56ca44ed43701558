/** Finds the logs that a command is to look at, by what its user names. */
import { basename, dirname } from 'node:path'
import { isSystemError, nodeFs } from '../../storage/file/fs.ts'
import { segmentPaths } from '../../storage/file/inspection.ts'
import { Failure, readProblem } from './failure.ts'

/** The partitions of a data directory, or the one that this is the directory of. */
export async function logsIn(directory: string): Promise<string[]> {
  const names = await namesIn(directory)
  if (isKafkas(names)) {
    throw new Failure(`${directory} belongs to Apache Kafka: see odradek log import --help`, 2)
  }
  if (isLog(names)) return [directory]
  const topics = names.includes('topics') ? `${directory}/topics` : directory
  const partitions = topics === directory ? names : await namesIn(topics)
  const logs: string[] = []
  for (const name of partitions.toSorted((a, b) => (a < b ? -1 : 1))) {
    const log = `${topics}/${name}`
    if (/-\d+(\.[\w-]{22})?$/.test(name) && isLog(await namesIn(log))) logs.push(log)
  }
  if (logs.length > 0) return logs
  throw new Failure(`${directory} holds no records: name a data directory`, 2)
}

/** Whose indexes differ a little, and which Kafka itself repairs. */
function isKafkas(names: readonly string[]): boolean {
  const marks = ['meta.properties', 'leader-epoch-checkpoint', 'partition.metadata']
  return marks.some(name => names.includes(name))
}

/** A log that has lost all of its segments still has its checkpoint. */
function isLog(names: readonly string[]): boolean {
  return names.includes('checkpoint') || names.some(name => name.endsWith('.log'))
}

export async function segmentsAt(path: string): Promise<string[]> {
  if (!path.endsWith('.log')) return segmentPathsOf(path)
  const names = await namesIn(dirname(path))
  if (!names.includes(basename(path))) throw new Failure(`there is no ${path}`, 2)
  return [path]
}

async function segmentPathsOf(directory: string): Promise<string[]> {
  await namesIn(directory)
  const paths = await segmentPaths(nodeFs, directory)
  if (paths.length > 0) return paths
  throw new Failure(`${directory} has no segments: name the directory of a partition`, 2)
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await nodeFs.readdir(directory)
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new Failure(`cannot read ${directory}: ${readProblem(error)}`, 2, error)
  }
}
