import { expect, it } from 'vitest'
import { isOn, ownVariables } from '../../src/config/own-variables.ts'

it.each([
  ['ODRADEK_PORT', 'port'],
  ['ODRADEK_DATA_DIR', 'log.dirs'],
  ['ODRADEK_AS', 'kafka.release'],
  ['ODRADEK_HTTP_TOKEN', 'http.token'],
  ['ODRADEK_NUM_PARTITIONS', 'num.partitions'],
])('%s sets %s', (origin, name) => {
  const { settings, unknown } = ownVariables({ [origin]: '1' }, [])
  expect(settings).toEqual([{ name, value: '1', origin }])
  expect(unknown).toEqual([])
})

it('gives flags that are no configs to who knows them', () => {
  const { flags, settings, unknown } = ownVariables(
    { ODRADEK_DEV: 'true', ODRADEK_SECURE: 'certs' },
    ['--dev', '--secure'],
  )
  expect(Object.fromEntries(flags)).toEqual({ '--dev': 'true', '--secure': 'certs' })
  expect({ settings, unknown }).toEqual({ settings: [], unknown: [] })
})

it('names what it does not know, and leaves alone what is not ours', () => {
  const variables = { ODRADEK_PROT: '1', PORT: '2', KAFKA_NODE_ID: '3' }
  expect(ownVariables(variables, [])).toMatchObject({ settings: [], unknown: ['ODRADEK_PROT'] })
})

it('takes nothing from empty variables', () => {
  expect(ownVariables({ ODRADEK_PORT: '', ODRADEK_DEV: undefined }, ['--dev'])).toEqual({
    settings: [],
    flags: new Map(),
    unknown: [],
  })
})

it('takes nothing from variables that Kubernetes sets for a service of that name', () => {
  const variables = {
    ODRADEK_PORT: 'tcp://10.0.0.1:9092',
    ODRADEK_SERVICE_HOST: '10.0.0.1',
    ODRADEK_SERVICE_PORT_KAFKA: '9092',
    ODRADEK_PORT_9092_TCP_PROTO: 'tcp',
  }
  expect(ownVariables(variables, [])).toMatchObject({ settings: [], unknown: [] })
})

it.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
  ['No', false],
  [undefined, false],
])('a flag that is %s is on: %s', (value, expected) => {
  expect(isOn(value)).toBe(expected)
})
