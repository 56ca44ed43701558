/**
 * The loggers of a broker (KIP-412). Here is one, named root as in Kafka; its level holds until the
 * broker stops.
 */
import { KafkaError } from '../../protocol/errors.ts'
import type { ConfigResources } from './resources.ts'
import { operationCodes, type Operation } from '../config/alter.ts'
import { configSources } from '../config/effective.ts'
import { unknownType } from '../config/describe.ts'
import type { Logger } from '../logger.ts'
import { checkNodeId } from './node-id.ts'

const root = 'root'
/** Kafka's words for pino's levels. */
const levels = ['DEBUG', 'ERROR', 'FATAL', 'INFO', 'TRACE', 'WARN']

export const brokerLoggerResources: ConfigResources = {
  guardedAs: 'cluster',

  names: ({ cluster }) => cluster.nodeIds.map(String),

  describe(name, { logger, nodeId }) {
    checkNodeId(name, nodeId)
    const { level = 'silent' } = logger
    return [
      {
        name: root,
        value: level === 'silent' ? 'OFF' : level.toUpperCase(),
        readOnly: false,
        configSource: configSources.brokerLogger,
        isSensitive: false,
        synonyms: [],
        configType: unknownType,
        documentation: 'The least that the broker logs.',
      },
    ]
  },

  async alter(name, { alteration, validateOnly, checkRights }, { logger, nodeId }) {
    if (alteration.replacesAll) throw new KafkaError('INVALID_REQUEST', 'Unknown resource type 8')
    checkRights()
    checkNodeId(name, nodeId)
    for (const operation of alteration.operations) check(operation)
    const level = alteration.operations[0]?.value
    if (level && !validateOnly) setLevel(logger, level)
  },
}

function check({ name, operation, value }: Operation): void {
  if (operation === operationCodes.append || operation === operationCodes.subtract) {
    throw new KafkaError('INVALID_REQUEST', 'the level of a logger is not a list')
  }
  if (name !== root) throw new KafkaError('INVALID_CONFIG', `Logger ${name} does not exist!`)
  if (operation === operationCodes.delete) {
    throw new KafkaError('INVALID_REQUEST', `the logger ${root} must have a level`)
  }
  if (!levels.includes(value!)) {
    throw new KafkaError(
      'INVALID_CONFIG',
      `Cannot set the log level of ${name} to ${value} as it is not a supported log level.` +
        ` Valid log levels are ${levels.join(', ')}`,
    )
  }
}

/** A logger that was passed in by its owner may have no level to change. */
function setLevel(logger: Logger, level: string): void {
  if (logger.level === undefined) {
    throw new KafkaError('INVALID_REQUEST', 'the level of this logger cannot be changed')
  }
  logger.level = level.toLowerCase()
}
