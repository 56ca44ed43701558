/** Answers that come piece by piece. */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** `{"name":[…]}`: nothing is sent before there is something, so that errors can be told. */
export function jsonList(
  reply: FastifyReply,
  name: string,
  items: AsyncIterable<unknown>,
): Readable {
  void reply.type('application/json; charset=utf-8')
  return Readable.from(listText(name, items))
}

async function* listText(
  name: string,
  items: AsyncIterable<unknown>,
): AsyncGenerator<string, void> {
  let before = `{"${name}":[\n`
  for await (const item of items) {
    yield before + JSON.stringify(item)
    before = ',\n'
  }
  yield before === ',\n' ? '\n]}\n' : `${before}]}\n`
}

/** Server-Sent Events: the first says that all has begun, each other one is an item. */
export function eventStream(
  reply: FastifyReply,
  event: string,
  items: AsyncIterable<unknown>,
): Readable {
  void reply.type('text/event-stream; charset=utf-8').header('Cache-Control', 'no-store')
  return Readable.from(eventText(event, items))
}

async function* eventText(
  event: string,
  items: AsyncIterable<unknown>,
): AsyncGenerator<string, void> {
  yield ': following\n\n'
  for await (const item of items) yield `event: ${event}\ndata: ${JSON.stringify(item)}\n\n`
}

/** The first ones that are meant, and then no more is read. */
export async function* limited<T>(
  items: AsyncIterable<T>,
  limit: number,
  isMeant: (item: T) => boolean = () => true,
): AsyncGenerator<T, void> {
  let count = 0
  for await (const item of items) {
    if (!isMeant(item)) continue
    yield item
    if (++count === limit) return
  }
}
