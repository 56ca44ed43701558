import { describe, expect, it } from 'vitest'
import { groupCommit } from '../../storage/file/group-commit.ts'

/** A sync that ends when the test says so. */
function manualSync() {
  const running: PromiseWithResolvers<void>[] = []
  const commit = groupCommit(() => {
    running.push(Promise.withResolvers())
    return running.at(-1)!.promise
  })
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  return { commit, running, turns }
}

describe('a group commit', () => {
  it('makes one sync of calls that come together', async () => {
    const { commit, running, turns } = manualSync()
    const calls = [commit(), commit(), commit()]
    await turns()
    expect(running).toHaveLength(1)
    running[0]!.resolve()
    await Promise.all(calls)
  })

  it('gives a call that comes during a sync the next one, and never two at a time', async () => {
    const { commit, running, turns } = manualSync()
    const first = commit()
    await turns()
    let isDone = false
    const second = commit().then(() => (isDone = true))
    const third = commit()
    await turns()
    expect(running).toHaveLength(1)
    running[0]!.resolve()
    await first
    await turns()
    expect(running).toHaveLength(2)
    expect(isDone).toBe(false)
    running[1]!.resolve()
    await Promise.all([second, third])
  })

  it('fails those whose sync failed, and no others', async () => {
    const { commit, running, turns } = manualSync()
    const first = commit()
    await turns()
    const second = commit()
    running[0]!.reject(new Error('EIO'))
    await expect(first).rejects.toThrow('EIO')
    await turns()
    running[1]!.resolve()
    await second
  })
})
