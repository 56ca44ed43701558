/** SECURITY.md says what the code does, and the lock file keeps what it promises. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allBrokerConfigs } from '../src/config/broker-configs.ts'
import { describeBrokerConfigs } from '../src/config/describe.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

const rows = read('SECURITY.md')
  .split('\n')
  .filter(line => line.startsWith('| ') && line.includes('test/'))
  .map(line => line.split('|').map(cell => cell.trim().replaceAll('\\*', '*')))
  .map(([, what, limit, code, test]) => ({ what, limit: limit!, code: code!, test: test! }))

describe('the table of limits', () => {
  it.each(rows)('$what', ({ limit, code, test }) => {
    expect(existsSync(new URL(`../${test}`, import.meta.url))).toBe(true)
    const [, name, file] = /^`([^`]+)`(?: in (\S+))?$/.exec(code)!
    if (file === undefined) {
      const initial = allBrokerConfigs.get(name!)!.default!
      expect(limit.match(/-?\d+/g)).toContain(initial)
    } else if (/^\w+$/.test(name!)) {
      const value = new RegExp(`\\b${name} = (.+)`).exec(read(file))![1]!
      expect(limit).toContain(value)
    } else {
      expect(read(file)).toContain(name)
    }
  })

  it('has them all', () => {
    expect(rows.length).toBeGreaterThan(25)
  })
})

describe('DescribeConfigs', () => {
  const passwords = [...allBrokerConfigs].flatMap(([name, { type }]) => {
    return type === 'PASSWORD' ? [name] : []
  })

  it.each([
    ...passwords,
    ...passwords.map(name => `listener.name.internal.${name}`),
    'listener.name.internal.scram-sha-256.sasl.jaas.config',
    'listener.name.internal.oauthbearer.sasl.jaas.config',
    'listener.name.internal.some.plugin.password',
    'some.plugin.password',
  ])('hides %s', name => {
    const layers = [{ source: 4, overrides: { [name]: 'a-secret' } }]
    const entry = describeBrokerConfigs(layers).find(each => each.name === name)!
    expect(entry).toMatchObject({ value: null, isSensitive: true })
    expect(JSON.stringify(describeBrokerConfigs(layers))).not.toContain('a-secret')
  })

  it('knows passwords', () => {
    expect(passwords).toEqual(expect.arrayContaining(['ssl.key.password', 'sasl.jaas.config']))
  })
})

describe('the lock file', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { integrity?: string; hasInstallScript?: boolean; link?: boolean }>
  }
  const installed = Object.entries(packages).filter(([path]) => path !== '')

  it('has a checksum of every package', () => {
    const without = installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
    expect(without.map(([path]) => path)).toEqual([])
  })

  it('has no package that needs a script at its installation', () => {
    // better-sqlite3 has its binaries in the package; node is for the npm scripts of developers.
    const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript)
    const { allowScripts } = JSON.parse(read('package.json')) as {
      allowScripts: Record<string, boolean>
    }
    const names = scripts.map(([path]) => path.replace(/^.*node_modules\//, ''))
    expect(names.filter(name => allowScripts[name] !== false)).toEqual(['node'])
  })

  it('has exact versions', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      read('package.json'),
    ) as Record<string, Record<string, string>>
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies })
    expect(versions.filter(version => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })
})
