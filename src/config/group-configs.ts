/**
 * What can be set on a group: consumer groups (KIP-848), share groups (KIP-932), streams groups
 * (KIP-1071). The table and the rules of Kafka's GroupConfig.
 */
import { KafkaError } from '../../protocol/errors.ts'
import { allBrokerConfigs } from './broker-configs.ts'
import {
  bool,
  int,
  normalizedValue,
  oneOf,
  string,
  type Definition,
  type Definitions,
} from './definition.ts'
import { effectiveText, type Overrides } from './effective.ts'

const heartbeatInterval = { default: 5000, min: 1, doc: 'How often a member reports.' }
const sessionTimeout = { default: 45_000, min: 1, doc: 'A member that is silent so long is gone.' }
const assignmentInterval = { default: 1000, min: 0, doc: 'The least time between assignments.' }

/** Of ISO 8601, as Java's Duration reads it; not negative. */
const duration = /P(?=\d|T\d)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d{0,9})?S)?)?/

export const groupConfigs = {
  'consumer.assignment.interval.ms': int({
    ...assignmentInterval,
    broker: 'group.consumer.assignment.interval.ms',
  }),
  'consumer.heartbeat.interval.ms': int({
    ...heartbeatInterval,
    broker: 'group.consumer.heartbeat.interval.ms',
  }),
  'consumer.session.timeout.ms': int({
    ...sessionTimeout,
    broker: 'group.consumer.session.timeout.ms',
  }),
  'share.assignment.interval.ms': int({
    ...assignmentInterval,
    broker: 'group.share.assignment.interval.ms',
  }),
  'share.auto.offset.reset': string({
    default: 'latest',
    form: {
      pattern: new RegExp(`^(?:earliest|latest|by_duration:${duration.source})$`),
      text: 'earliest, latest or by_duration:PnDTnHnMn.nS',
    },
    doc: 'Where a share group starts: earliest, latest, or by_duration: so long ago.',
  }),
  'share.delivery.count.limit': int({
    default: 5,
    min: 2,
    broker: 'group.share.delivery.count.limit',
    doc: 'How often a record is delivered before it is given up.',
  }),
  'share.heartbeat.interval.ms': int({
    ...heartbeatInterval,
    broker: 'group.share.heartbeat.interval.ms',
  }),
  'share.isolation.level': oneOf(['read_committed', 'read_uncommitted'], {
    default: 'read_uncommitted',
    doc: 'Whether a share group gets records of transactions that are not committed.',
  }),
  'share.partition.max.record.locks': int({
    default: 2000,
    min: 100,
    broker: 'group.share.partition.max.record.locks',
    doc: 'The most records of a partition that are out for delivery.',
  }),
  'share.record.lock.duration.ms': int({
    default: 30_000,
    min: 1000,
    broker: 'group.share.record.lock.duration.ms',
    doc: 'How long a delivered record is locked for its consumer.',
  }),
  'share.renew.acknowledge.enable': bool({
    default: true,
    doc: 'Consumers may renew the lock of a record.',
  }),
  'share.session.timeout.ms': int({
    ...sessionTimeout,
    broker: 'group.share.session.timeout.ms',
  }),
  'streams.assignment.interval.ms': int({
    ...assignmentInterval,
    broker: 'group.streams.assignment.interval.ms',
  }),
  'streams.heartbeat.interval.ms': int({
    ...heartbeatInterval,
    broker: 'group.streams.heartbeat.interval.ms',
  }),
  'streams.initial.rebalance.delay.ms': int({
    default: 0,
    min: 0,
    broker: 'group.streams.initial.rebalance.delay.ms',
    doc: 'How long a new group waits for more members.',
  }),
  'streams.num.standby.replicas': int({
    default: 0,
    min: 0,
    broker: 'group.streams.num.standby.replicas',
    doc: 'Standby replicas of each task.',
  }),
  'streams.session.timeout.ms': int({
    ...sessionTimeout,
    broker: 'group.streams.session.timeout.ms',
  }),
} satisfies Definitions

/** Configs of a group as they are to be stored. Throws INVALID_CONFIG. */
export function checkGroupConfigs(given: Overrides, broker: Overrides): Overrides {
  const unknown = Object.keys(given).find(name => !Object.hasOwn(groupConfigs, name))
  if (unknown !== undefined) {
    throw new KafkaError('INVALID_CONFIG', `Unknown group config name: ${unknown}`)
  }
  const checked = Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, normalized(name, text)]),
  )
  for (const name of Object.keys(checked)) checkBounds(name, Number(checked[name]), broker)
  for (const protocol of protocols) checkSession(protocol, checked, broker)
  return checked
}

function definitionOf(name: string): Definition<unknown> {
  return (groupConfigs as Definitions)[name]!
}

function normalized(name: string, text: string): string {
  try {
    return normalizedValue(name, definitionOf(name), text)
  } catch (error) {
    throw new KafkaError('INVALID_CONFIG', (error as RangeError).message)
  }
}

/** Brokers bound what groups may set: 'consumer.x' by 'group.consumer.min.x' and '….max.x'. */
function boundsOf(name: string): { min: string; max: string } {
  const [, protocol, rest] = /^(\w+)\.(?:num\.)?(.*)$/.exec(name)!
  return { min: `group.${protocol}.min.${rest}`, max: `group.${protocol}.max.${rest}` }
}

function checkBounds(name: string, value: number, broker: Overrides): void {
  const { min, max } = boundsOf(name)
  if (value < brokerNumber(min, broker, -Infinity)) {
    throw new KafkaError('INVALID_CONFIG', `${name} must be greater than or equal to ${min}`)
  }
  if (value > brokerNumber(max, broker, Infinity)) {
    throw new KafkaError('INVALID_CONFIG', `${name} must be less than or equal to ${max}`)
  }
}

/**
 * What holds of what was set on a group: the nearest value that the broker allows, for its bounds
 * may have changed since (Kafka: GroupConfig.evaluate).
 */
export function clampedGroupConfigs(given: Overrides, broker: Overrides): Overrides {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      const { min, max } = boundsOf(name)
      const low = brokerNumber(min, broker, -Infinity)
      const high = brokerNumber(max, broker, Infinity)
      if (Number(text) < low) return [name, String(low)]
      return [name, Number(text) > high ? String(high) : text]
    }),
  )
}

const protocols = ['consumer', 'share', 'streams']

/**
 * What brokers set for groups lies within the bounds that they set, and members report before
 * they are given up. Throws a RangeError. (Kafka: GroupCoordinatorConfig)
 */
export function checkGroupDefaults(broker: Overrides): void {
  for (const protocol of protocols) {
    const session = `group.${protocol}.session.timeout.ms`
    const heartbeat = `group.${protocol}.heartbeat.interval.ms`
    const others = ['assignment.interval.ms', 'num.standby.replicas']
    for (const name of [heartbeat, session, ...others.map(each => `group.${protocol}.${each}`)]) {
      const { min, max } = boundsOf(name.slice('group.'.length))
      checkOrder(min, max, broker)
      checkOrder(min, name, broker)
      checkOrder(name, max, broker)
    }
    if (brokerNumber(heartbeat, broker, 0) < brokerNumber(session, broker, Infinity)) continue
    throw new RangeError(`${heartbeat}: must be less than ${session}`)
  }
}

function checkOrder(lower: string, higher: string, broker: Overrides): void {
  if (brokerNumber(lower, broker, -Infinity) <= brokerNumber(higher, broker, Infinity)) return
  throw new RangeError(`${higher}: must be greater than or equal to ${lower}`)
}

function brokerNumber(name: string, broker: Overrides, otherwise: number): number {
  const definition: Definition<unknown> | undefined = allBrokerConfigs.get(name)
  return definition === undefined ? otherwise : Number(broker[name] ?? definition.default)
}

function checkSession(protocol: string, configs: Overrides, broker: Overrides): void {
  const session = `${protocol}.session.timeout.ms`
  const heartbeat = `${protocol}.heartbeat.interval.ms`
  const valueOf = (name: string): number =>
    Number(effectiveText(definitionOf(name), configs[name], broker))
  if (valueOf(session) <= valueOf(heartbeat)) {
    throw new KafkaError('INVALID_CONFIG', `${session} must be greater than ${heartbeat}`)
  }
}
