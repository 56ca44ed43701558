import type { Scenario } from './scenario.ts'
import { createTopicsScenarios } from './areas/create-topics.ts'
import { deleteTopicsScenarios } from './areas/delete-topics.ts'
import { listOffsetsScenarios } from './areas/list-offsets.ts'
import { metadataScenarios } from './areas/metadata.ts'

export const allScenarios: readonly Scenario[] = [
  ...createTopicsScenarios,
  ...deleteTopicsScenarios,
  ...listOffsetsScenarios,
  ...metadataScenarios,
]
