import { describe } from 'vitest'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import { metadataStoreContract } from './metadata-contract.ts'

describe('a copy of a store in memory', () => {
  metadataStoreContract({
    open: async () => createMemoryMetadataStore(),
    reopen: async store => createMemoryMetadataStore(store.rows()),
  })
})

// It lives as long as the process: there is no restart that it survives.
metadataStoreContract({
  open: async () => createMemoryMetadataStore(),
  reopen: async store => store,
})
