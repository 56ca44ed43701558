/** One key and one certificate for all brokers that are measured with TLS. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runTool } from '../compat-tests/tool.ts'

export interface Tls {
  /** Of server.properties: the listener of the brokers speaks TLS. */
  configs: readonly string[]
  /** The file with the authority, for clients. */
  authority: string
}

const odradek = fileURLToPath(new URL('../bin/odradek.js', import.meta.url))
const directory = path.join(import.meta.dirname, '../.cache/bench-certs')

/** Makes them anew: they expire. */
export async function makeTls(): Promise<Tls> {
  await runTool(process.execPath, [odradek, 'certs', directory, '--force'])
  const authority = path.join(directory, 'ca.pem')
  return {
    authority,
    configs: [
      'listener.security.protocol.map=PLAINTEXT:SSL,CONTROLLER:PLAINTEXT',
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=${path.join(directory, 'broker.pem')}`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${authority}`,
    ],
  }
}
