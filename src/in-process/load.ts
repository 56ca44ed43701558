import { nodeFs } from '../../storage/file/fs.ts'
import { loadSnapshot, type LoadOptions } from '../snapshots/load.ts'

/** Stores a snapshot where nothing is stored yet. Throws InvalidInput, and the system's errors. */
export async function loadInto(snapshot: Uint8Array | string, options: LoadOptions): Promise<void> {
  const bytes = typeof snapshot === 'string' ? await nodeFs.readFile(snapshot) : snapshot
  const { changes } = await loadSnapshot(bytes, options)
  await options.metadata.commit(changes(options.metadata.rows()))
}
