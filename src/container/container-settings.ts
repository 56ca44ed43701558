/** The settings of a start in the image: what its variables and mounted files say. */
import type { Setting } from '../config.ts'
import type { Variables } from '../config/variables.ts'
import { isKnownConfig, kafkaVariables } from './kafka-variables.ts'
import { saslListeners, withListeners } from './listeners.ts'
import { keyStores, plainUsers, type ReadFile } from './secrets.ts'

export interface ContainerSettings {
  settings: Setting[]
  /** Topics to create, as in 'orders:3:1,prices:1:1:compact'. */
  createTopics: string | undefined
  /** Variables, and lines of the mounted file, that name no config. */
  unknown: string[]
}

export interface Surroundings {
  variables: Variables
  /** The settings of a mounted server.properties. */
  mounted: readonly Setting[]
  readFile: ReadFile
  isDirectory: (path: string) => boolean
}

/** Where images of Kafka keep their data; a directory that is there has been mounted. */
const mountPoints = ['/bitnami/kafka', '/var/lib/kafka/data']

/** Those that count most last: of the image, the mounted file, variables. */
export function containerSettings(surroundings: Surroundings): ContainerSettings {
  const { variables, mounted, readFile, isDirectory } = surroundings
  const { settings: given, createTopics, unknown } = kafkaVariables(variables)
  const directory = mountPoints.find(isDirectory)
  const settings: Setting[] = [
    ...(directory === undefined
      ? []
      : [{ name: 'log.dirs', value: directory, origin: 'a mounted directory' }]),
    ...mounted.filter(({ name }) => isKnownConfig(name)),
    ...keyStores(variables, readFile),
    ...given,
  ]
  const users = plainUsers(variables, saslListeners(settings))
  const unknownLines = mounted.filter(({ name }) => !isKnownConfig(name))
  return {
    settings: withListeners([...settings, ...users]),
    createTopics,
    unknown: [...unknownLines.map(({ origin }) => origin), ...unknown],
  }
}
