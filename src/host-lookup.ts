/** Whether the system's resolver knows an address for a host. */
export async function isKnownHost(name: string): Promise<boolean> {
  const { lookup } = await import('node:dns/promises')
  return lookup(name).then(
    () => true,
    () => false,
  )
}
