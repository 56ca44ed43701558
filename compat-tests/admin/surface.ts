/**
 * Java's Admin client in several releases, and the program that does all it can do: Surface.java.
 * Needs Java 17 and Maven.
 */
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runTool } from '../tool.ts'

/** A release, the folders with what only it and its like can do, and the areas in them. */
export interface Release {
  version: string
  folders: readonly string[]
  areas: readonly string[]
}

export const releases: readonly Release[] = [
  {
    version: '4.3.1',
    folders: ['since3', 'since4'],
    areas: ['Since3', 'Transactions', 'Since4', 'ShareGroups', 'ForcedEnds'],
  },
  {
    version: '3.9.1',
    folders: ['before4', 'since3'],
    areas: ['AlterConfigs', 'Since3', 'Transactions'],
  },
  { version: '2.8.2', folders: ['only2', 'before4'], areas: ['AlterConfigs', 'Only2'] },
]

const commonAreas = 'Topics Records Configs Cluster Tenants Replicas Groups Producers'.split(' ')

/** What Surface.java says at its end. */
export interface SurfaceReport {
  /** Operations that went as expected. */
  fine: string[]
  /** Operations that did not, and how. */
  different: string[]
  /** Methods of Admin that no operation calls. */
  uncalled: string[]
}

const folder = import.meta.dirname

/** Does the whole surface of a release. */
export async function runSurface(
  { version, folders, areas }: Release,
  bootstrapServers: string,
): Promise<SurfaceReport> {
  const classPath = path.join(await fetchJars(version), '*')
  const classes = await mkdtemp(path.join(tmpdir(), 'odradek-admin-'))
  try {
    const sources = ['', ...folders].flatMap(name => globSync(path.join(folder, name, '*.java')))
    await runTool('javac', ['-nowarn', '-d', classes, '-cp', classPath, ...sources])
    const java = ['-XX:TieredStopAtLevel=1', '-cp', `${classes}${path.delimiter}${classPath}`]
    const program = ['Surface', bootstrapServers, ...commonAreas, ...areas]
    return readReport(await runTool('java', [...java, ...program]))
  } finally {
    await rm(classes, { recursive: true })
  }
}

function readReport(output: string): SurfaceReport {
  const report: SurfaceReport = { fine: [], different: [], uncalled: [] }
  for (const line of output.trimEnd().split('\n')) {
    const [, kind, rest = ''] = /^(ok|differs|uncalled)(?: (.*))?$/.exec(line) ?? []
    if (kind === 'ok') report.fine.push(rest)
    else if (kind === 'uncalled') report.uncalled = rest.split(' ').filter(Boolean)
    else report.different.push(rest || line)
  }
  return report
}

/** The directory with the jars of a release, fetched once for each clone; complete or not there. */
export async function fetchJars(version: string): Promise<string> {
  const jars = path.join(folder, `../../.cache/kafka-clients-jars-${version}`)
  if (existsSync(jars)) return jars
  const partial = `${jars}.partial-${process.pid}`
  const pom = path.join(folder, '../codec/pom.xml')
  const copy = ['dependency:copy-dependencies', `-Drelease=${version}`]
  const markers = `-DmarkersDirectory=${path.join(partial, 'markers')}`
  const mvn = ['-q', '-B', '-f', pom, ...copy, `-DoutputDirectory=${partial}`, markers]
  await runTool('mvn', mvn, { timeoutMs: 600_000 })
  await rename(partial, jars)
  return jars
}
