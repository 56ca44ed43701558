/**
 * A process to kill: commits pairs of rows that must stay equal, several commits at a time, and
 * prints the number of each when it is acknowledged. Arguments: file, durability.
 */
import { openSqliteMetadataStore } from '../../storage/sqlite/store.ts'
import { numberOf, rowsOf, topic } from './metadata-rows.ts'

const [file, durability] = process.argv.slice(2) as [string, 'os' | 'disk']
const store = openSqliteMetadataStore({ file, durability, onFailure: () => process.exit(1) })
const [stored] = await rowsOf(store)
let number = numberOf(stored)

for (;;) {
  const commits = Array.from({ length: 4 }, async () => {
    const mine = ++number
    await store.commit([topic('left', mine), topic('right', mine)])
    process.stdout.write(`${mine}\n`)
  })
  await Promise.all(commits)
}
