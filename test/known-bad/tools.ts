/** What tests the promises of storage; each is a vitest run over some files. */

export interface Tool {
  name: string
  /** For vitest. */
  files: readonly string[]
  /** How much it does, where that is a choice. */
  env: Readonly<Record<string, string>>
  /** The same in each run: it catches a build always or never. */
  isRepeatable: boolean
}

export const tools: readonly Tool[] = [
  {
    name: 'contracts',
    files: ['test/storage/log.test.ts', 'test/storage/metadata-sqlite.test.ts'],
    env: {},
    isRepeatable: true,
  },
  {
    name: 'cases',
    files: [
      'test/storage/file-log',
      'test/storage/group-commit.test.ts',
      'test/partitions/partition.test.ts',
      'test/partitions/producer-state.test.ts',
    ],
    env: {},
    isRepeatable: true,
  },
  {
    name: 'transactions',
    files: [
      'test/partitions/transactions.test.ts',
      'test/partitions/removal.test.ts',
      'test/transactions',
      'test/groups/offsets',
      'test/handlers/00-produce-transactions.test.ts',
      'test/handlers/26-end-txn.test.ts',
      'test/handlers/28-txn-offset-commit.test.ts',
    ],
    env: {},
    isRepeatable: true,
  },
  {
    name: 'simulation',
    files: ['test/simulation/simulation.test.ts'],
    env: { SIMULATION_SEEDS: '100', ODRADEK_TEST_SEED: '1' },
    isRepeatable: true,
  },
  {
    name: 'crash points',
    files: ['test/storage/log-crash.test.ts'],
    env: { CRASH_POINTS: '750' },
    isRepeatable: true,
  },
  {
    name: 'SIGKILL',
    files: ['test/crash.test.ts', 'test/storage/metadata-crash.test.ts'],
    env: { CRASH_ROUNDS: '10' },
    isRepeatable: false,
  },
]
