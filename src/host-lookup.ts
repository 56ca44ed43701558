import { normalAddress } from './throttling/normal-address.ts'

/** What the system's resolver knows as the address of a host, if it knows one. */
export async function addressOf(name: string): Promise<string | undefined> {
  const { lookup } = await import('node:dns/promises')
  return lookup(name).then(
    ({ address }) => normalAddress(address),
    () => undefined,
  )
}

/** Whether it knows one. */
export async function isKnownHost(name: string): Promise<boolean> {
  return (await addressOf(name)) !== undefined
}
