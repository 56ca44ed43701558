/** Passes connections on, as a container's published port does. Arguments: from, to. */
import { connect, createServer } from 'node:net'

const [from, to] = process.argv.slice(2).map(address => {
  const [host, port] = address.split(':')
  return { host: host!, port: Number(port) }
})

const server = createServer(client => {
  const broker = connect(to!)
  client.pipe(broker).pipe(client)
  for (const socket of [client, broker]) socket.on('error', () => socket.destroy())
})
server.listen(from, () => process.stderr.write('ready\n'))
