import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { readArguments } from '../../src/cli/arguments.ts'
import { createConfig } from '../../src/config.ts'

it('takes --dev for the settings of startBroker(), which count least of all', async () => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'odradek-arguments-'))
  const file = path.join(directory.path, 'a.properties')
  await writeFile(file, 'group.evict.on.disconnect=false\n')
  expect(await evicts([])).toBe(false)
  expect(await evicts(['--dev'])).toBe(true)
  expect(await evicts(['--config', file, '--dev'])).toBe(false)
  expect(await evicts(['--dev', '--set', 'group.evict.on.disconnect=false'])).toBe(false)
})

async function evicts(argv: readonly string[]): Promise<boolean> {
  const start = await readArguments(argv)
  return createConfig(start!.settings).config.groupEvictOnDisconnect
}
