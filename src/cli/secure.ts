import path from 'node:path'
import { fileFacts } from '../../storage/file/fs.ts'
import { ConfigError, type Setting } from '../config.ts'

/** Who may do everything, and gives others their rights. */
const administrator = 'User:admin'

/**
 * The settings of `--secure`, on what `odradek certs` has put into a directory: clients speak TLS,
 * authenticate themselves by SCRAM, and may do what ACLs allow. Throws a ConfigError.
 */
export async function secureSettings(directory: string): Promise<Setting[]> {
  const identity = path.join(directory, 'broker.pem')
  const isThere = await fileFacts(identity).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    throw new ConfigError(
      `--secure ${directory}: there is no ${identity}: odradek certs ${directory} makes it`,
    )
  }
  const values = {
    listeners: 'SASL_SSL://127.0.0.1:9092',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': identity,
    'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': administrator,
  }
  return Object.entries(values).map(([name, value]) => {
    return { name, value, origin: `--secure ${directory}: ${name}` }
  })
}
