/** Who clients are to brokers that ask: users by SASL PLAIN, and what makes brokers ask. */

/** May do everything, and prepares what cases need. */
export const superUser = 'admin'
/** What all passwords are. */
export const password = 'secret'
export const userPrefix = 'oracle-user-'
/** Shows when Kafka's controller, which learns of ACLs by itself, goes by them. */
export const prober = `${userPrefix}prober`
/** Connects, and does not say who it is. */
export const stranger = ''
/** Has no rights but those that everybody has. */
export const nobody = `${userPrefix}nobody`

/** The first and the second message of SASL PLAIN (RFC 4616): there is one. */
export function plainToken(user: string, itsPassword = password): Buffer {
  return Buffer.from(`\0${user}\0${itsPassword}`)
}

/** Lines of server.properties. */
export function securityConfigs(users: readonly string[], isPermissive: boolean): string[] {
  const all = new Set([superUser, prober, nobody, ...users.filter(user => user !== stranger)])
  const passwords = [...all].map(user => `user_${user}="${password}"`)
  const login = `username="${superUser}" password="${password}"`
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule'
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  return [
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT',
    // By its name, or Kafka's clients of its own go by security.inter.broker.protocol.
    'inter.broker.listener.name=PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256',
    'sasl.mechanism.inter.broker.protocol=PLAIN',
    `${jaas('plain')}=${plain} required ${login} ${passwords.join(' ')};`,
    `${jaas('scram-sha-256')}=${scram} required;`,
    'delegation.token.secret.key=oracle',
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // Kafka's controller is asked without SASL.
    `super.users=User:${superUser};User:ANONYMOUS`,
    `allow.everyone.if.no.acl.found=${isPermissive}`,
  ]
}

function jaas(mechanism: string): string {
  return `listener.name.plaintext.${mechanism}.sasl.jaas.config`
}
