/** docs/differences.md: what users need to know of what the oracle finds and what stays. */
import { readFileSync } from 'node:fs'
import { between } from './marked.ts'

export const differencesFile = new URL('../docs/differences.md', import.meta.url)
const found = new URL('../compat-tests/differences.md', import.meta.url)

const begin = '<!-- what the oracle finds: made by `npm run docs` -->'
const end = '<!-- end of what the oracle finds -->'

/** The page with the reasons of the differences that are listed now. */
export function withDifferences(page: string): string {
  return between(page, begin, end, reasons(readFileSync(found, 'utf8')))
}

/** The chapters without their cases, which are of use to who works on the broker. */
function reasons(list: string): string {
  const [, ...chapters] = list.split(/^## /m)
  return chapters.map(chapter).join('\n\n')
}

function chapter(text: string): string {
  const [title, ...blocks] = text.trim().split('\n\n')
  const paragraphs = blocks.flatMap(block => {
    const isCases = block.startsWith('- `')
    return isCases ? [] : [`- ${block.replaceAll('\n', ' ')}`]
  })
  return [`### ${title}`, '', ...paragraphs].join('\n')
}
