import type { Setting } from '../config.ts'

/** The settings of startBroker() and of `--dev`: for code that is being written. */
export function developmentSettings(origin: string): Setting[] {
  return [
    { name: 'development', value: 'true', origin },
    { name: 'group.evict.on.disconnect', value: 'true', origin },
    { name: 'http.on.kafka.port', value: 'loopback', origin },
  ]
}
