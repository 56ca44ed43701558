/** Whatever follows from what has happened, without time passing, has happened too. */
export async function settleAll(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}
