/** From the configs of a client to one that is ready to ask. */
import type { Clock } from '../clock.ts'
import { ConfigError } from '../config.ts'
import { parseBootstrapServers } from './address.ts'
import { Client } from './client.ts'
import type { Authenticate } from './session.ts'
import type { ClientConfig } from './settings.ts'

/** Nothing is connected until something is asked. Throws a ConfigError. */
export async function openClient(config: ClientConfig, clock: Clock): Promise<Client> {
  try {
    return new Client({
      clock,
      bootstrapServers: bootstrapServers(config),
      clientId: config.clientId,
      connectTimeoutMs: config.socketConnectionSetupTimeoutMs,
      requestTimeoutMs: config.requestTimeoutMs,
      deadlineMs: config.defaultApiTimeoutMs,
      retryBackoffMs: config.retryBackoffMs,
      tls: await tls(config, clock),
      authenticate: await authenticate(config),
    })
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(error.message)
    throw error
  }
}

function bootstrapServers({ bootstrapServers: text }: ClientConfig) {
  try {
    return parseBootstrapServers(text)
  } catch (error) {
    throw new RangeError(`bootstrap.servers: ${(error as Error).message}`)
  }
}

/** Loaded when it is used: most brokers of developers are asked in plain text. */
async function tls(config: ClientConfig, clock: Clock) {
  if (!config.securityProtocol.endsWith('SSL')) return undefined
  const { tlsOptions } = await import('./tls.ts')
  return tlsOptions(config, clock.now())
}

async function authenticate(config: ClientConfig): Promise<Authenticate | undefined> {
  if (!config.securityProtocol.startsWith('SASL_')) return undefined
  const { authenticator } = await import('./sasl.ts')
  return authenticator(config)
}
