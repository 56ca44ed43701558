import { describe, expect, it } from 'vitest'
import { StorageError } from '../../storage/partition-log.ts'
import { PendingAppends } from '../../storage/file/pending-appends.ts'

function open(...untils: ('written' | 'durable')[]) {
  const pending = new PendingAppends()
  const answers: string[] = []
  for (const [i, until] of untils.entries()) {
    pending.add({
      batches: Buffer.alloc(10),
      bytes: 10,
      baseOffset: i,
      lastOffset: i,
      maxTimestamp: 0,
      until,
      resolve: ({ baseOffset }) => answers.push(`${baseOffset} appended`),
      reject: ({ message }) => answers.push(`${i} ${message}`),
    })
  }
  return { pending, answers }
}

const never = (): boolean => false
const gone = new StorageError('the disk is gone')

describe('appends that wait', () => {
  it('are answered by the write, or when they are durable', () => {
    const { pending, answers } = open('written', 'durable', 'written', 'durable')
    expect(pending.startWrite(never).length).toBe(4)
    pending.finishWrite(false)
    expect(answers).toEqual(['0 appended', '2 appended'])
    expect(pending.takeDurable(3).map(({ baseOffset }) => baseOffset)).toEqual([1])
    expect(pending.takeDurable(4).map(({ baseOffset }) => baseOffset)).toEqual([3])
  })

  it('share a write as far as they go into one file, at least one of them', () => {
    const { pending } = open('written', 'written', 'written')
    const shared = pending.startWrite((_, bytes) => bytes >= 20)
    expect(shared.map(({ baseOffset }) => baseOffset)).toEqual([0, 1])
    pending.finishWrite(false)
    expect(pending.startWrite(() => true).map(({ baseOffset }) => baseOffset)).toEqual([2])
    expect(pending.next).toBeUndefined()
  })

  it('keep their buffers to themselves until the write that uses them is over', () => {
    const { pending, answers } = open('durable', 'durable', 'durable')
    pending.startWrite((_, bytes) => bytes >= 10)
    pending.finishWrite(false)
    pending.startWrite((_, bytes) => bytes >= 10)
    pending.rejectWaiting(gone)
    expect(answers).toEqual(['0 the disk is gone', '2 the disk is gone'])
    pending.failWrite(gone)
    expect(answers.at(-1)).toBe('1 the disk is gone')
  })
})
