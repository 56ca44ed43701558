/** Handlers are loaded for the first request of their API. */
import { describe, expect, it, vi } from 'vitest'
import type { Caller } from '../src/dispatch.ts'
import { createDispatch } from '../src/dispatch.ts'
import type { Handler, Services } from '../src/handler.ts'
import { handlers } from '../src/handlers/index.ts'
import heartbeat from '../src/handlers/12-heartbeat.ts'
import { loadHandlers, served } from '../src/served-api.ts'
import { requestFrame } from './raw-client.ts'
import { idleServices } from './doubles/idle-services.ts'

const sizeBytes = 4

describe('the list of APIs', () => {
  it('says of each what its schema says', async () => {
    const told = handlers.map(({ key, name, versions }) => ({ key, name, versions }))
    const loaded = await loadHandlers(handlers)
    const schemas = loaded.map(({ api: { key, name, versions } }) => ({ key, name, versions }))
    expect(told).toEqual(schemas)
  })
})

type Load = () => Promise<{ default: Handler }>

function open(load: Load) {
  const services = {
    ...idleServices,
    authorizer: { allows: () => true },
    groups: { classic: { heartbeat: () => ({ errorCode: 0 }) } },
    cluster: { checkCoordinator: () => {} },
    audit: { record: () => {} },
  }
  const api = served(12, 'Heartbeat', [0, 4], load)
  const dispatch = createDispatch([api], services as unknown as Services)
  const body = { groupId: 'g', generationId: 1, memberId: 'm' }
  const frame = requestFrame(heartbeat.api, 4, body as never, 7).subarray(sizeBytes)
  return () => dispatch(frame, { nodeId: 0 } as Caller)
}

describe('the first request of an API', () => {
  it('waits for its handler, which is loaded once, and no other overtakes it', async () => {
    const load = vi.fn<Load>(async () => ({ default: { ...heartbeat, overlaps: true } }))
    const send = open(load)
    expect(load).not.toHaveBeenCalled()
    const first = send()
    expect(first).toMatchObject({ clientId: 'test', overlaps: false })
    expect(first.reply).toBeInstanceOf(Promise)
    const reply = Buffer.concat((await first.reply)!)
    const second = send()
    expect(second.overlaps).toBe(true)
    expect(Buffer.concat((await second.reply)!)).toEqual(reply)
    expect(load).toHaveBeenCalledOnce()
  })

  it('tells its connection what comes after the reply', async () => {
    const sent = (): void => {}
    const run: Handler['run'] = async (_, { onSent }) => {
      await Promise.resolve()
      onSent(sent)
      return { errorCode: 0 }
    }
    const first = open(async () => ({ default: { ...heartbeat, run } }))()
    await first.reply
    expect(first.sent).toBe(sent)
  })

  it('fails where the code cannot be loaded, and the next one tries again', async () => {
    const load = vi.fn<Load>(async () => ({ default: heartbeat }))
    load.mockRejectedValueOnce(new Error('gone'))
    const send = open(load)
    await expect(send().reply).rejects.toThrow('gone')
    expect(await send().reply).toBeDefined()
  })
})
