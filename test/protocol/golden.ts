import { readFileSync } from 'node:fs'
import { readRequestRest, readRequestStart, readResponseHeader } from '../../protocol/header.ts'
import { Reader } from '../../protocol/wire.ts'
import { apis, caseOf, encode, type Case, type Direction } from './every-api.ts'

export interface GoldenFrame extends Case {
  client: string
  body: Buffer
}

/** The frames of test/golden, each without its header. */
export function goldenFrames(): GoldenFrame[] {
  return ['java', 'kafkajs', 'kcat'].flatMap(client => {
    const text = readFileSync(new URL(`../golden/${client}.hex`, import.meta.url), 'utf8')
    return text
      .trimEnd()
      .split('\n')
      .map(line => parse(client, line))
  })
}

function parse(client: string, line: string): GoldenFrame {
  const [direction, key, version, hex] = line.split(' ') as [Direction, string, string, string]
  const api = apis.find(candidate => candidate.key === Number(key))!
  const one = caseOf(api, direction, Number(version.slice(1)))
  const reader = new Reader(Buffer.from(hex, 'hex'))
  if (direction === 'request') {
    readRequestStart(reader)
    readRequestRest(reader, api.isFlexible(one.version))
  } else {
    readResponseHeader(reader, api.hasFlexibleResponseHeader(one.version))
  }
  return { ...one, client, body: reader.view(reader.remaining) }
}

export function read({ codec, body }: GoldenFrame): unknown {
  return codec.decode(new Reader(body))
}

export function rewritten(frame: GoldenFrame): Buffer {
  return encode(frame.codec, read(frame))
}
