/** confluent-kafka for Python, in an environment of its own; fetched once for each clone. */
import path from 'node:path'
import { missing, runTool } from '../tool.ts'

const client = 'confluent-kafka==2.16.1'
const environment = path.join(import.meta.dirname, '../../.cache/confluent-kafka')

export const python = path.join(environment, 'bin/python')

/** What a test's name says where there is no Python; '' where there is one. */
export const skipped = missing('python3', 'install Python 3.9 or later with its venv module')

/** Leaves alone what is there already. */
export async function installClient(): Promise<void> {
  if (skipped) return
  await runTool('python3', ['-m', 'venv', environment])
  await runTool(python, ['-m', 'pip', 'install', '-q', '--only-binary', ':all:', client])
}
