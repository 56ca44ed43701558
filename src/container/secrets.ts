/** Key stores and passwords, as images of Kafka are given them. */
import type { Setting } from '../config.ts'
import type { Variables } from '../config/variables.ts'

/** Where key stores and files with passwords are mounted (cp-kafka, apache/kafka). */
const directory = '/etc/kafka/secrets'

/** What a file holds; undefined where there is none. */
export type ReadFile = (path: string) => string | undefined

const files = [
  ['KAFKA_SSL_KEYSTORE_FILENAME', 'ssl.keystore.location'],
  ['KAFKA_SSL_TRUSTSTORE_FILENAME', 'ssl.truststore.location'],
] as const

const passwords = [
  ['KAFKA_SSL_KEYSTORE_CREDENTIALS', 'ssl.keystore.password'],
  ['KAFKA_SSL_KEY_CREDENTIALS', 'ssl.key.password'],
  ['KAFKA_SSL_TRUSTSTORE_CREDENTIALS', 'ssl.truststore.password'],
] as const

/** Key stores by the names of their files, and their passwords by the names of files with them. */
export function keyStores(variables: Variables, readFile: ReadFile): Setting[] {
  const locations = files.flatMap(([origin, name]) => {
    const file = variables[origin]
    return file ? [{ name, value: `${directory}/${file}`, origin }] : []
  })
  const contents = passwords.flatMap(([origin, name]) => {
    const file = variables[origin]
    const text = file && readFile(`${directory}/${file}`)
    return text ? [{ name, value: text.trim(), origin }] : []
  })
  return [...locations, ...contents]
}

/**
 * Users of bitnami's image, KAFKA_CLIENT_USERS and KAFKA_CLIENT_PASSWORDS, for PLAIN on every
 * listener that asks for SASL.
 */
export function plainUsers(variables: Variables, listeners: readonly string[]): Setting[] {
  const origin = 'KAFKA_CLIENT_USERS'
  const users = variables[origin]?.split(',') ?? []
  if (users.length === 0 || users[0] === '') return []
  const passwordsOfUsers = variables['KAFKA_CLIENT_PASSWORDS']?.split(',') ?? []
  const options = users.map((user, i) => `user_${user}=${quoted(passwordsOfUsers[i] ?? '')}`)
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule'
  const value = `${module} required ${options.join(' ')};`
  return listeners.map(listener => {
    const name = `listener.name.${listener.toLowerCase()}.plain.sasl.jaas.config`
    return { name, value, origin }
  })
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
