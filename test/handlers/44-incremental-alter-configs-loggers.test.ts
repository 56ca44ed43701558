import { afterAll, describe, expect, it } from 'vitest'
import { silentLogger, type Logger } from '../../src/logger.ts'
import { startBroker } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'
import {
  APPEND,
  ConfigClient,
  DELETE,
  resource,
  SET,
  SUBTRACT,
  type Change,
  type ResourceChange,
} from './configs.ts'
import { differs, onKafka, useBroker } from './wire.ts'

const wire = useBroker()
const configs = new ConfigClient(() => wire.client)

const set = (logger: string, level: string): Change[] => [[logger, SET, level]]

describe('IncrementalAlterConfigs of loggers', () => {
  it.each<[string, Change[], string]>([
    ['a level that is none', set('root', 'nope'), 'INVALID_CONFIG'],
    ['a level in small letters', set('root', 'warn'), 'INVALID_CONFIG'],
    ['OFF', set('root', 'OFF'), 'INVALID_CONFIG'],
    ['a logger that there is not', set('nope', 'INFO'), 'INVALID_CONFIG'],
    ['a logger that there is not, to unset', [['nope', DELETE, null]], 'INVALID_CONFIG'],
    ['to unset the root', [['root', DELETE, null]], 'INVALID_REQUEST'],
    ['to append', [['root', APPEND, 'INFO']], 'INVALID_REQUEST'],
    ['to subtract', [['root', SUBTRACT, 'INFO']], 'INVALID_REQUEST'],
    ['null', [['root', SET, null]], 'INVALID_REQUEST'],
  ])('refuses %s', async (_, changes, error) => {
    const answer = await configs.change(resource.logger, await configs.broker(), changes)
    expect(answer).toMatchObject({ error, errorMessage: expect.any(String) })
  })

  it.each(['', '99', 'x', '-1'])('knows no broker %j', async name => {
    const answer = await configs.change(resource.logger, name, set('root', 'INFO'))
    expect(answer.error).toBe('INVALID_REQUEST')
    expect((await configs.describe(resource.logger, name)).errorCode).toBe(42)
  })

  it('are told with their levels', async () => {
    const { configs: told } = await configs.describe(resource.logger, await configs.broker())
    expect(told.find(({ name }) => name === 'root')).toMatchObject({
      value: expect.stringMatching(/^(?:OFF|TRACE|DEBUG|INFO|WARN|ERROR|FATAL)$/),
      readOnly: false,
      isSensitive: false,
      configSource: 6,
      synonyms: [],
      configType: 0,
    })
  })

  it('leaves a logger alone that has no level', async () => {
    const broker = await configs.broker()
    const changes = set('root', 'WARN')
    expect((await configs.change(resource.logger, broker, changes)).error).toBe(
      differs({ here: 'INVALID_REQUEST', kafka: 'NONE' }),
    )
    const options = { validateOnly: true }
    expect((await configs.change(resource.logger, broker, changes, options)).error).toBe('NONE')
    expect((await configs.change(resource.logger, broker, [])).error).toBe('NONE')
  })
})

describe.skipIf(onKafka)('A level (skipped on Apache Kafka: its loggers are its own)', () => {
  const resources = new AsyncDisposableStack()
  afterAll(() => resources.disposeAsync())

  it('holds from the answer on', async () => {
    const logger: Logger = { ...silentLogger, level: 'warn' }
    const { bootstrapServers } = resources.use(await startBroker({ logger }))
    const client = resources.use(await RawClient.connect(bootstrapServers))
    const own = new ConfigClient(() => client)
    const broker = await own.broker()
    const level = async () => (await own.describe(resource.logger, broker)).configs[0]!.value
    expect(await level()).toBe('WARN')
    const changes: ResourceChange[] = [[resource.logger, broker, set('root', 'DEBUG')]]
    await own.changeAll(changes, { validateOnly: true })
    expect(logger.level).toBe('warn')
    await own.changeAll(changes)
    expect(logger.level).toBe('debug')
    expect(await level()).toBe('DEBUG')
    expect((await own.replace(resource.logger, broker, [])).error).toBe('INVALID_REQUEST')
  })
})
