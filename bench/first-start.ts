/** Prints the milliseconds from nothing loaded to the first accepted connection. */
import { once } from 'node:events'
import { connect } from 'node:net'

const startMs = performance.now()
const { startBroker } = await import('../src/index.ts')
const broker = await startBroker()
const socket = connect(Number(broker.bootstrapServers.split(':')[1]), '127.0.0.1')
await once(socket, 'connect')
console.log(performance.now() - startMs)
socket.destroy()
await broker.close()
