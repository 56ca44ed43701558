/** When the files of stores were changed last, to load them again. */
import type { ListenerSettings } from '../config/listener-configs.ts'
import type { StoreFiles } from './credentials.ts'

/** Milliseconds since the epoch, by path. */
export type StoreTimes = ReadonlyMap<string, number>

export async function storeTimes(
  { sslKeystoreLocation, sslTruststoreLocation }: ListenerSettings,
  files: StoreFiles,
): Promise<StoreTimes> {
  const paths = [sslKeystoreLocation, sslTruststoreLocation].filter(path => path !== null)
  const times = paths.map(async path => [path, await modifiedMsOf(path, files)] as const)
  return new Map(await Promise.all(times))
}

export async function isChanged(times: StoreTimes, files: StoreFiles): Promise<boolean> {
  for (const [path, modifiedMs] of times) {
    if ((await modifiedMsOf(path, files)) !== modifiedMs) return true
  }
  return false
}

/** Of a file that is not there, 0. */
async function modifiedMsOf(path: string, files: StoreFiles): Promise<number> {
  try {
    return (await files.fileFacts(path)).modifiedMs
  } catch {
    return 0
  }
}
