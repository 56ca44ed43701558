/** From the configs of a client to one that is ready to ask. */
import type { Clock } from '../clock.ts'
import { ConfigError } from '../config.ts'
import { parseBootstrapServers } from './address.ts'
import { Client } from './client.ts'
import type { ClientConfig } from './settings.ts'

/** Nothing is connected until something is asked. Throws a ConfigError. */
export async function openClient(config: ClientConfig, clock: Clock): Promise<Client> {
  return new Client({
    clock,
    bootstrapServers: bootstrapServers(config),
    clientId: config.clientId,
    connectTimeoutMs: config.socketConnectionSetupTimeoutMs,
    requestTimeoutMs: config.requestTimeoutMs,
    deadlineMs: config.defaultApiTimeoutMs,
    retryBackoffMs: config.retryBackoffMs,
    tls: undefined,
    authenticate: undefined,
  })
}

function bootstrapServers({ bootstrapServers: text }: ClientConfig) {
  try {
    return parseBootstrapServers(text)
  } catch (error) {
    throw new ConfigError(`bootstrap.servers: ${(error as Error).message}`)
  }
}
