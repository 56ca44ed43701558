/** A process that opens a data directory, says so, and stays until it is killed. */
import { nodeFs } from '../../storage/file/fs.ts'
import { openDataDirectory } from '../../storage/data-directory.ts'

await openDataDirectory({
  fs: nodeFs,
  path: process.argv[2]!,
  durability: 'disk',
  version: '0.1.0',
  now: () => 0,
  log: () => {},
  onFailure: () => {},
})
process.stdout.write('open\n')
process.stdin.resume()
