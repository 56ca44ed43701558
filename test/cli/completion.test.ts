import { execFileSync } from 'node:child_process'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { odradek } from './recorded.ts'

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const names = Object.keys(commands)

describe.runIf(isThere('bash'))('odradek completion bash (skipped without bash)', () => {
  let script: string
  beforeAll(async () => {
    script = (await odradek('completion', 'bash')).stdout.join('\n')
  })

  /** What bash offers at the end of a line. */
  function offered(...words: string[]): string[] {
    const line = words.map(word => `'${word}'`).join(' ')
    const asked = `${script}\nCOMP_WORDS=(odradek ${line}); COMP_CWORD=${words.length}; _odradek`
    const printed = `${asked}; printf '%s\\n' "\${COMPREPLY[@]}"`
    const output = execFileSync('bash', ['-c', printed]).toString().trim()
    return output === '' ? [] : output.split('\n')
  }

  it('offers commands, and flags of the start', () => {
    expect(offered('')).toEqual(expect.arrayContaining([...names, '--dev', '--port', '--help']))
    expect(offered('to')).toEqual(['topic'])
    expect(offered('--de')).toEqual(['--dev'])
  })

  it('offers what is below a command, and its flags', () => {
    expect(offered('topic', 'c')).toEqual(['create', 'clear'])
    expect(offered('topic', 'create', '--part')).toEqual(['--partitions'])
    expect(offered('topic', 'create', 'orders', '--part')).toEqual(['--partitions'])
    expect(offered('status', '--j')).toEqual(['--json'])
    expect(offered('group', 'seek', '-b', 'host:1', '--t')).toEqual(['--to', '--topic'])
  })
})

it.runIf(isThere('fish'))('fish takes its script (skipped without fish)', async () => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'odradek-completion-'))
  const file = path.join(folder.path, 'odradek.fish')
  await writeFile(file, (await odradek('completion', 'fish')).stdout.join('\n'))
  execFileSync('fish', ['--no-execute', file])
})

it.runIf(isThere('zsh'))('zsh takes its script (skipped without zsh)', async () => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'odradek-completion-'))
  const file = path.join(folder.path, '_odradek')
  await writeFile(file, (await odradek('completion', 'zsh')).stdout.join('\n'))
  execFileSync('zsh', ['-n', file])
})

it('has a line in fish for each command, with what it does', async () => {
  const lines = (await odradek('completion', 'fish')).stdout
  for (const name of names) {
    const { summary } = commands[name]!
    const about = `'${summary.replaceAll("'", "\\'")}'`
    const start = "complete -c odradek -n '__fish_use_subcommand'"
    expect(lines).toContain(`${start} -f -a ${name} -d ${about}`)
  }
})

it('has JSON as well, and knows three shells', async () => {
  const { stdout } = await odradek('completion', 'zsh', '--json')
  expect(JSON.parse(stdout.join())).toMatchObject({
    shell: 'zsh',
    script: expect.stringMatching(/^#compdef odradek\n/),
  })
  await expect(odradek('completion', 'tcsh')).rejects.toThrow('tcsh: not one of bash, zsh, fish')
})
