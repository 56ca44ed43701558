/**
 * Builds that break a promise, each by a small change of the sources. A test tool is worth what it
 * catches of them; `npm run known-bad` shows which catches which.
 */

export interface Edit {
  /** From the root of the project. */
  file: string
  /** Occurs once in the file. */
  find: string
  replace: string
}

export interface BadBuild {
  name: string
  edits: readonly Edit[]
}

export const badBuilds: readonly BadBuild[] = [
  {
    name: 'acknowledges before the sync',
    edits: [
      {
        file: 'storage/file/pending-appends.ts',
        find: `if (append.until === 'durable') this.#syncing.push(append)`,
        replace: `if (append.until === 'never') this.#syncing.push(append)`,
      },
    ],
  },
  {
    name: 'moves the high watermark before the sync',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `      this.#requestSync()
    }
  }`,
        replace: `      this.#requestSync()
      this.#advanceDurable(this.#writtenOffset)
    }
  }`,
      },
    ],
  },
  {
    name: 'resolves appends that came in after the sync began',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `this.#advanceDurable(upTo)`,
        replace: `this.#advanceDurable(this.#writtenOffset + 0 * upTo)`,
      },
    ],
  },
  {
    name: 'does not sync the directory after a roll',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `if (namesChanged) await`,
        replace: `if (namesChanged && upTo < 0) await`,
      },
    ],
  },
  {
    name: 'does not sync the directory of a new log',
    edits: [
      {
        file: 'storage/file/store.ts',
        find: `if (durability === 'disk') await syncNames()`,
        replace: `if (durability !== 'disk') await syncNames()`,
      },
    ],
  },
  {
    name: 'does not sync the directory of a checkpoint',
    edits: [
      {
        file: 'storage/file/checkpoint.ts',
        find: `  await fs.syncDirectory(directory)
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'renames a checkpoint before it is synced',
    edits: [
      {
        file: 'storage/file/checkpoint.ts',
        find: `await file.datasync()`,
        replace: `await file.size()`,
      },
    ],
  },
]
