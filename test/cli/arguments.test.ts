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

it('keeps nothing with --dev, unless a place or a durability is given', async () => {
  const kept = async (...argv: string[]): Promise<string> => {
    const { settings } = (await readArguments(['--dev', ...argv], {}))!
    return createConfig(settings).config.durability
  }
  expect(await kept()).toBe('memory')
  expect(await kept('--data-dir', 'd')).toBe('disk')
  expect(await kept('--set', 'log.dirs=d')).toBe('disk')
  expect(await kept('--durability', 'os')).toBe('os')
  expect(createConfig((await readArguments([], {}))!.settings).config.durability).toBe('disk')
})
