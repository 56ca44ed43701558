/** Settings from environment variables of our own: `ODRADEK_PORT=0` is `--port 0`. */
import type { Setting } from '../config.ts'
import { allBrokerConfigs, brokerConfigs } from './broker-configs.ts'
import type { Definitions } from './definition.ts'
import { isServiceLink, propertyName, type Variables } from './variables.ts'

export interface OwnVariables {
  settings: Setting[]
  /** Flags that are in no table of configs, by their names: '--dev'. */
  flags: ReadonlyMap<string, string>
  /** Variables that name no flag and no config. */
  unknown: string[]
}

const prefix = 'ODRADEK_'

const flagsOfConfigs: ReadonlyMap<string, string> = new Map(
  Object.entries(brokerConfigs as Definitions).flatMap(([name, { flag }]) =>
    flag === undefined ? [] : [[/^--[\w-]+/.exec(flag)![0], name] as const],
  ),
)

/**
 * What the variables say that begin with ODRADEK_: a flag in capitals (ODRADEK_DATA_DIR), one of
 * `otherFlags`, or a config by Kafka's rule for names (ODRADEK_HTTP_TOKEN). An empty one says
 * nothing.
 */
export function ownVariables(variables: Variables, otherFlags: readonly string[]): OwnVariables {
  const settings: Setting[] = []
  const flags = new Map<string, string>()
  const unknown: string[] = []
  for (const [origin, value] of Object.entries(variables)) {
    if (!origin.startsWith(prefix) || !value || isServiceLink(origin, value, prefix)) continue
    const flag = `--${origin.slice(prefix.length).toLowerCase().replaceAll('_', '-')}`
    const name = flagsOfConfigs.get(flag) ?? propertyName(origin.slice(prefix.length))
    if (otherFlags.includes(flag)) flags.set(flag, value)
    else if (allBrokerConfigs.has(name)) settings.push({ name, value, origin })
    else unknown.push(origin)
  }
  return { settings, flags, unknown }
}

/** Whether the value of a flag without an argument switches it on. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !['0', 'false', 'no', 'off'].includes(value.toLowerCase())
}
