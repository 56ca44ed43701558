#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Before anything else is loaded: what is below is compiled once for all starts. This file is no
// TypeScript, because the first such file would load the compiler, at 16 MB of memory.
enableCompileCache()
await import('../src/main.ts')
