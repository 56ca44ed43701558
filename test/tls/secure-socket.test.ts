import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createServer as createSecureServer, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { directSocket } from '../../src/direct-socket.ts'
import { madeCertificates } from './certificates.ts'
import { secured } from './secure-client.ts'

const certificates = await madeCertificates()

describe('a socket of TLS', () => {
  it('is read to where its user says', async () => {
    await using pair = await securePair()
    const place = Buffer.alloc(100_000)
    let taken = 0
    directSocket(pair.accepted, {
      space: () => place.subarray(taken),
      taken: bytes => void (taken += bytes),
      came: () => expect.unreachable('bytes came elsewhere'),
    })
    const sent = randomBytes(place.length)
    pair.client.write(sent)
    await expect.poll(() => taken).toBe(sent.length)
    expect(place.equals(sent)).toBe(true)
  })

  it('is not read while it is paused, and ends when the client does', async () => {
    await using pair = await securePair()
    const place = Buffer.alloc(100)
    let taken = 0
    const socket = directSocket(pair.accepted, {
      space: () => place,
      taken: bytes => void (taken += bytes),
      came: () => expect.unreachable('bytes came elsewhere'),
    })
    socket.pause()
    pair.client.write('one')
    // What it sends is on its way, and what it would be given is not.
    await new Promise(resolve => pair.client.write('two', resolve))
    expect(taken).toBe(0)
    const ended = once(socket, 'end')
    socket.resume()
    pair.client.end('three')
    await ended
    expect(taken).toBe('onetwothree'.length)
  })

  it('takes large buffers and small ones at once, and sends them in their order', async () => {
    await using pair = await securePair()
    const socket = directSocket(pair.accepted, {
      space: () => Buffer.alloc(1),
      taken: () => {},
      came: () => {},
    })
    const parts = [10, 1_000_000, 20, 30, 500_000, 1].map(length => randomBytes(length))
    const written: number[] = []
    socket.cork()
    for (const [index, part] of parts.entries()) socket.write(part, () => written.push(index))
    socket.uncork()
    socket.end()
    const received: Buffer[] = []
    pair.client.on('data', chunk => received.push(chunk))
    await once(pair.client, 'end')
    expect(Buffer.concat(received).equals(Buffer.concat(parts))).toBe(true)
    expect(written).toEqual([...parts.keys()])
  })
})

async function securePair() {
  const { server } = certificates
  const secure = createSecureServer({ key: server.key, cert: server.certificate })
  const plain = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket =>
    secure.emit('connection', socket),
  )
  plain.listen(0, '127.0.0.1')
  await once(plain, 'listening')
  const accepting = once(secure, 'secureConnection') as Promise<[TLSSocket]>
  const client = await secured((plain.address() as AddressInfo).port, certificates)
  const [accepted] = await accepting
  return {
    client,
    accepted,
    async [Symbol.asyncDispose]() {
      client.destroy()
      accepted.destroy()
      await new Promise(resolve => plain.close(resolve))
    },
  }
}
