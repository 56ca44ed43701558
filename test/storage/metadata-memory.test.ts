import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import { metadataStoreContract } from './metadata-contract.ts'

// It lives as long as the process: there is no restart that it survives.
metadataStoreContract({
  open: async () => createMemoryMetadataStore(),
  reopen: async store => store,
})
