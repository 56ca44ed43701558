/** The container image: what a start finds there, and what it does besides. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import type { Broker } from '../broker.ts'
import { ConfigError, type Setting } from '../config.ts'
import { isOn } from '../config/own-variables.ts'
import type { Variables } from '../config/variables.ts'
import { containerSettings } from '../container/container-settings.ts'
import { readinessLines } from '../container/readiness.ts'
import { redpandaStart, type RedpandaFile, type RedpandaPorts } from '../container/redpanda.ts'
import type { ImageStart } from './arguments.ts'
import { readConfigFile } from './config-file.ts'
import { readProblem } from './failure.ts'

const mountedConfig = '/mnt/shared/config/server.properties'
const redpandaFiles = ['/etc/redpanda/redpanda.yaml', '/etc/redpanda/.bootstrap.yaml']

export interface ImageSettings extends ImageStart {
  settings: Setting[]
  unknown: string[]
}

export interface OpenedImage {
  printReadiness(): void
  close(): void
}

/** The image says so of itself. */
export function isInImage(variables: Variables): boolean {
  return isOn(variables['ODRADEK_CONTAINER'])
}

/**
 * What the image's variables and mounted files say; `redpandaArguments` are those behind `rpk
 * redpanda start`, where that started the container. Throws a ConfigError.
 */
export async function readImageSettings(
  variables: Variables,
  redpandaArguments: readonly string[] | undefined,
): Promise<ImageSettings> {
  const { settings, createTopics, unknown } = containerSettings({
    variables,
    mounted: existsSync(mountedConfig) ? readConfigFile(mountedConfig) : [],
    readFile: textOf,
    isDirectory: path => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  })
  if (redpandaArguments === undefined) {
    return { settings, createTopics, unknown, redpandaPorts: undefined }
  }
  const [node, bootstrap] = await Promise.all(redpandaFiles.map(readYaml))
  const redpanda = redpandaStart(redpandaArguments, node!, bootstrap)
  return {
    settings: [...settings, ...redpanda.settings],
    createTopics,
    unknown,
    redpandaPorts: redpanda.ports,
  }
}

/** Opens what the start asks for besides the broker. Rejects when a port is in use. */
export async function openImage(
  { redpandaPorts }: ImageStart,
  broker: Pick<Broker, 'services'>,
): Promise<OpenedImage> {
  const http = redpandaPorts && (await openRedpanda(redpandaPorts, broker))
  return {
    printReadiness: () => void process.stdout.write(`${readinessLines.join('\n')}\n`),
    close: () => http?.close(),
  }
}

async function openRedpanda(ports: RedpandaPorts, broker: Pick<Broker, 'services'>) {
  const { openRedpandaHttp } = await import('../container/redpanda-http.ts')
  return openRedpandaHttp(ports, () => broker.services)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ConfigError(`cannot read ${path}: ${readProblem(error as NodeJS.ErrnoException)}`)
  }
}

/** An empty object where there is no file. Throws a ConfigError for one that is no YAML. */
async function readYaml(path: string): Promise<RedpandaFile> {
  const text = textOf(path)
  if (text === undefined) return {}
  const { parse } = await import('yaml')
  try {
    return (parse(text) ?? {}) as RedpandaFile
  } catch (error) {
    throw new ConfigError(`cannot read ${path}: ${(error as Error).message}`)
  }
}
