/** Conversations with who has not said who it is, or says it anew. */
import { metadata } from '../../../../protocol/apis/03-metadata.ts'
import { saslHandshake } from '../../../../protocol/apis/17-sasl-handshake.ts'
import { apiVersions } from '../../../../protocol/apis/18-api-versions.ts'
import { saslAuthenticate } from '../../../../protocol/apis/36-sasl-authenticate.ts'
import { scenarios } from '../../scenario.ts'
import type { Session } from '../../session.ts'
import { nobody, plainToken, stranger, superUser } from '../../users.ts'

const plain = { mechanism: 'PLAIN' }
const anything = { topics: [], allowAutoTopicCreation: false }
const software = { clientSoftwareName: 'a', clientSoftwareVersion: '1' }

/** What it can do afterwards. */
async function see(s: Session<never>): Promise<void> {
  await s.also(metadata, anything)
}

const tokens: Readonly<Record<string, Buffer>> = {
  'of a user': plainToken(nobody),
  'of a user, for itself': Buffer.concat([Buffer.from(nobody), plainToken(nobody)]),
  'of a user, for another': Buffer.concat([Buffer.from(superUser), plainToken(nobody)]),
  'with a wrong password': plainToken(nobody, 'wrong'),
  'of an unknown user': plainToken('oracle-user-unknown'),
  'without a user': plainToken(''),
  'without a password': plainToken(nobody, ''),
  'of no bytes': Buffer.alloc(0),
  'of two parts': Buffer.from(`${nobody}\0secret`),
  'of four parts': Buffer.concat([plainToken(nobody), Buffer.from('\0more')]),
  'of zeros': Buffer.alloc(3),
  'that is too large': Buffer.alloc(600_000, 0x61),
}

const firstMessages: Readonly<Record<string, string>> = {
  'of an unknown user': 'n,,n=oracle-user-unknown,r=abc',
  'without a user': 'n,,n=,r=abc',
  'that is no message': 'hello',
  'with channel binding': 'p=tls-unique,,n=a,r=abc',
  'of no bytes': '',
}

function fromTable<Value, Script>(
  table: Readonly<Record<string, Value>>,
  scriptOf: (value: Value) => Script,
): Record<string, Script> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, scriptOf(value)]))
}

const strangers = { setting: 'secured', user: stranger } as const

const first = [
  ...scenarios(
    saslHandshake,
    {
      'for PLAIN': () => plain,
      'for GSSAPI': () => ({ mechanism: 'GSSAPI' }),
      'for a mechanism that there is not': () => ({ mechanism: 'NONSENSE' }),
      'for no mechanism': () => ({ mechanism: '' }),
      'for plain in small letters': () => ({ mechanism: 'plain' }),
    },
    strangers,
  ),
  ...scenarios(
    saslHandshake,
    {
      'twice by a stranger': async s => {
        await s.ask(plain)
        await s.ask(plain)
      },
      'and then another API': async s => {
        await s.ask(plain)
        await see(s)
      },
      'and then ApiVersions': async s => {
        await s.ask(plain)
        await s.also(apiVersions, software)
      },
      'after an unknown mechanism': async s => {
        await s.ask({ mechanism: 'NONSENSE' })
        await s.ask(plain)
      },
    },
    { ...strangers, since: 1 },
  ),
  ...scenarios(metadata, { 'of a stranger': () => anything }, { ...strangers, last: true }),
  ...scenarios(
    saslAuthenticate,
    {
      'of a stranger before a handshake': () => ({ authBytes: plainToken(nobody) }),
      ...fromTable(tokens, authBytes => async (s: Session<{ authBytes: Buffer }>) => {
        await s.also(saslHandshake, plain)
        await s.ask({ authBytes })
        await see(s)
      }),
      ...Object.fromEntries(
        Object.entries(firstMessages).map(([name, text]) => {
          const script = async (s: Session<{ authBytes: Buffer }>) => {
            await s.also(saslHandshake, { mechanism: 'SCRAM-SHA-256' })
            await s.ask({ authBytes: Buffer.from(text) })
            await see(s)
          }
          return [`by SCRAM, ${name}`, script]
        }),
      ),
    },
    strangers,
  ),
]

const again = [
  ...scenarios(
    saslAuthenticate,
    {
      'without a handshake, again': async s => {
        await see(s)
        await s.ask({ authBytes: plainToken(nobody) })
        await see(s)
      },
      ...Object.fromEntries(
        Object.entries({
          'as the same user, again': plainToken(nobody),
          'as another user, again': plainToken(superUser),
          'with a wrong password, again': plainToken(nobody, 'wrong'),
        }).map(([name, authBytes]) => {
          const script = async (s: Session<{ authBytes: Buffer }>) => {
            await s.also(saslHandshake, plain)
            await s.ask({ authBytes })
            await see(s)
          }
          return [name, script]
        }),
      ),
      'by another mechanism, again': async s => {
        await s.also(saslHandshake, { mechanism: 'SCRAM-SHA-256' })
        await s.ask({ authBytes: Buffer.from(`n,,n=${nobody},r=abc`) })
      },
    },
    { setting: 'secured', user: nobody },
  ),
  ...scenarios(
    saslHandshake,
    {
      'again, and then another API': async s => {
        await s.ask(plain)
        await see(s)
      },
    },
    { setting: 'secured', user: nobody, since: 1 },
  ),
]

export const securedSaslScenarios = [...first, ...again]
