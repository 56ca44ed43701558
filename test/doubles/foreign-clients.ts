import type { ForeignClients } from '../../src/connection.ts'

/** Nobody takes over connections that speak another protocol than Kafka's. */
export const noForeignClients: ForeignClients = { takeHttp: undefined, advice: () => 'go away' }
