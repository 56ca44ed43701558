/** Texts with `{{i}}`, `{{uuid}}` and `{{now}}` in them, for many records from one. */
import { systemClock } from '../clock.ts'
import { systemRandom } from '../random.ts'

const placeholder = /\{\{\s*(i|uuid|now)\s*\}\}/g

/** `i` counts from 0; other names in braces stay as they are. */
export function filled(template: string, i: number): string {
  return template.replace(placeholder, (_, name: string) => {
    if (name === 'i') return String(i)
    return name === 'uuid' ? systemRandom.uuid() : new Date(systemClock.now()).toISOString()
  })
}
