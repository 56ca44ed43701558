import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { directSocket } from '../src/direct-socket.ts'

describe('a socket that a server has accepted', () => {
  it('is read to where its user says, piece by piece', async () => {
    await using pair = await socketPair()
    const places = [Buffer.alloc(3), Buffer.alloc(2), Buffer.alloc(100)]
    let place = 0
    let taken = 0
    directSocket(pair.accepted, {
      space: () => places[Math.min(place, places.length - 1)]!,
      taken: bytes => {
        taken += bytes
        place++
      },
      came: () => expect.unreachable('bytes came elsewhere'),
    })
    pair.client.write('hello world')
    await expect.poll(() => taken).toBe(11)
    expect(places.map(buffer => buffer.toString('latin1').replaceAll('\0', ''))).toEqual([
      'hel',
      'lo',
      ' world',
    ])
  })

  it('waits while it is paused, answers, and ends', async () => {
    await using pair = await socketPair()
    const place = Buffer.alloc(100)
    let taken = 0
    const socket = directSocket(pair.accepted, {
      space: () => place,
      taken: bytes => {
        taken += bytes
        socket.pause()
      },
      came: () => expect.unreachable('bytes came elsewhere'),
    })
    const ended = once(socket, 'end')
    pair.client.write('one')
    await expect.poll(() => taken).toBe(3)
    pair.client.end('two')
    socket.write('back')
    const [answer] = (await once(pair.client, 'data')) as [Buffer]
    expect(answer.toString()).toBe('back')
    expect(taken).toBe(3)
    socket.resume()
    await expect.poll(() => taken).toBe(6)
    socket.resume()
    await ended
    socket.end()
  })

  it('stays as it is where Node does not let itself be told', async () => {
    await using pair = await socketPair()
    const handle = (pair.accepted as unknown as Record<string, object>)['_handle']!
    Object.defineProperty(handle, 'useUserBuffer', { value: undefined })
    const came: Buffer[] = []
    const socket = directSocket(pair.accepted, {
      space: () => expect.unreachable(),
      taken: () => expect.unreachable(),
      came: chunk => came.push(chunk),
    })
    expect(socket).toBe(pair.accepted)
    pair.client.write('hello')
    await expect.poll(() => Buffer.concat(came).toString()).toBe('hello')
    socket.destroy()
  })
})

interface Pair extends AsyncDisposable {
  client: Socket
  accepted: Socket
}

async function socketPair(): Promise<Pair> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  return {
    client,
    accepted,
    async [Symbol.asyncDispose]() {
      client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
