/** The npm package as users get it: packed, installed in an empty folder, run. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'odradek-package-'))

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8' })
}

/** The error output and exit code of a command that must fail. */
function runFailing(command: string, ...args: string[]): { status: unknown; stderr: string } {
  try {
    run(command, ...args)
  } catch (error) {
    const { status, stderr } = error as { status: unknown; stderr: string }
    return { status, stderr }
  }
  throw new Error(`${command} ${args.join(' ')} succeeded`)
}

describe('the npm package', () => {
  beforeAll(() => {
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'pipe' })
    run('npm', 'pack', '--silent', join(root, 'dist'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const [tarball] = readdirSync(folder).filter(name => name.endsWith('.tgz'))
    // Nothing that it depends on may need a script at install.
    run('npm', 'install', '--silent', '--no-audit', '--ignore-scripts', `./${tarball}`)
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true }))

  it('starts a broker in the process', () => {
    const script = `
      import { startBroker } from 'odradek'
      const broker = await startBroker()
      console.log(broker.bootstrapServers)`
    expect(run('node', '--input-type=module', '-e', script)).toMatch(/^127\.0\.0\.1:\d+\n$/)
  })

  it('brings its command', () => {
    expect(run('npx', '--no-install', 'odradek', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
    const { status, stderr } = runFailing('npx', '--no-install', 'odradek', '--prot', '1')
    expect([status, stderr]).toEqual([2, expect.stringContaining('--port')])
  })

  it('has types', () => {
    const code = `import { startBroker } from 'odradek'
      const broker = await startBroker({ config: { 'num.partitions': 3 } })
      const address: string = broker.bootstrapServers
      // @ts-expect-error it is no number
      const wrong: number = broker.bootstrapServers
      console.log(address, wrong)`
    writeFileSync(join(folder, 'types.ts'), code)
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', 'types.ts']
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    expect(run(join(root, 'node_modules/.bin/tsc'), ...flags, ...types)).toBe('')
  })
})
