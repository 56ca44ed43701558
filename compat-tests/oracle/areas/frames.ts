/** What no client sends: versions that nobody serves, and bodies that are none. Of every API. */
import { apis } from '../../../test/protocol/every-api.ts'
import { scenarios, type Script } from '../scenario.ts'

type Send = Script<never, unknown>

/** In a version that is not the case's. */
function inVersion(version: number): Send {
  return async s => {
    await s.askBytes(Buffer.alloc(0), version)
  }
}

const cases: Readonly<Record<string, Send>> = {
  'frames: version -1': inVersion(-1),
  'frames: version 99': inVersion(99),
  'frames: version 32767': inVersion(32_767),
  'frames: the version after the last': async s => {
    await s.askBytes(Buffer.alloc(0), s.version + 1)
  },
}

const bodies: Readonly<Record<string, Send>> = {
  'frames: no body': async s => {
    await s.askBytes(Buffer.alloc(0))
  },
  'frames: a body of 0xff': async s => {
    await s.askBytes(Buffer.alloc(64, 0xff))
  },
}

export const framesScenarios = apis.flatMap(api => [
  ...scenarios(api, cases, { last: true }),
  ...scenarios(api, bodies),
])
