/** What `odradek certs` says when it is done: how brokers and clients use what it has made. */
import { join } from 'node:path'

/** The name of the broker in its certificate, and of the file with it. */
export const broker = 'broker'

export function instructions(directory: string, clients: readonly string[]): string {
  const authority = join(directory, 'ca.pem')
  const [first = ''] = clients
  const client = join(directory, `${first}.pem`)
  const principals = clients.map(name => `User:CN=${name}`).join(', ')
  return [
    `Made in ${directory}: ca.pem, ca.key, ${[broker, ...clients].map(pem).join(', ')}`,
    '',
    'The broker, for instance in server.properties (odradek --config server.properties):',
    '  listeners=SSL://127.0.0.1:9093',
    '  ssl.keystore.type=PEM',
    `  ssl.keystore.location=${join(directory, `${broker}.pem`)}`,
    `  # Clients show who they are (${principals}); without these lines, they need not.`,
    '  ssl.client.auth=required',
    '  ssl.truststore.type=PEM',
    `  ssl.truststore.location=${authority}`,
    '',
    'Clients in Java:',
    '  security.protocol=SSL',
    '  ssl.truststore.type=PEM',
    `  ssl.truststore.location=${authority}`,
    '  ssl.keystore.type=PEM',
    `  ssl.keystore.location=${client}`,
    '',
    'Clients on librdkafka (kcat -X, confluent-kafka):',
    '  security.protocol=ssl',
    `  ssl.ca.location=${authority}`,
    `  ssl.certificate.location=${client}`,
    `  ssl.key.location=${client}`,
    '',
    'kafkajs:',
    '  ssl: {',
    `    ca: fs.readFileSync('${authority}'),`,
    `    cert: fs.readFileSync('${client}'),`,
    `    key: fs.readFileSync('${client}'),`,
    '  }',
  ].join('\n')
}

function pem(name: string): string {
  return `${name}.pem`
}
