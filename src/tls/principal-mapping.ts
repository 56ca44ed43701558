/**
 * `ssl.principal.mapping.rules`: from the name in a certificate to that of a principal (KIP-371,
 * Kafka: SslPrincipalMapper). Patterns are RE2's, so that no name that a client brings takes more
 * than linear time; RE2 has neither lookarounds nor backreferences.
 */
import { createRequire } from 'node:module'
import type * as Re2 from 're2js'

/** Undefined where no rule fits: the client is refused. */
export type PrincipalMapping = (distinguishedName: string) => string | undefined

const property = 'ssl.principal.mapping.rules'

const rulePattern = String.raw`(DEFAULT)|RULE:((?:\\.|[^\\/])*)/((?:\\.|[^\\/])*)/([LU]?).*?|(.*?)`
const splitter = new RegExp(String.raw`\s*(${rulePattern})\s*(?:,\s*|$)`, 'g')
const parser = new RegExp(rulePattern, 'y')

const load = createRequire(import.meta.url)

/** Throws a RangeError that begins with the config's name. */
export function principalMapping(rules: string): PrincipalMapping {
  const mappings = splitRules(rules).flatMap(parseRule)
  return name => {
    for (const mapping of mappings) {
      const mapped = mapping(name)
      if (mapped !== undefined) return mapped
    }
    return undefined
  }
}

function splitRules(rules: string): string[] {
  return Array.from(rules.trim().matchAll(splitter), ([, rule]) => rule!)
}

function parseRule(rule: string): PrincipalMapping[] {
  parser.lastIndex = 0
  const [match, isDefault, pattern, replacement, letters] = parser.exec(rule)!
  if (match.length < rule.length) {
    throw new RangeError(
      `${property}: '${rule}' is neither DEFAULT nor RULE:pattern/replacement/ with L or U`,
    )
  }
  if (isDefault !== undefined) return [name => name]
  // Between commas there may be nothing.
  if (pattern === undefined) return []
  const regex = compile(pattern)
  const parts = replacementParts(replacement!, regex.groupCount())
  return [
    name => {
      if (!regex.matches(name)) return undefined
      const replaced = replaceAll(name, regex, parts)
      if (letters === 'L') return replaced.toLowerCase()
      return letters === 'U' ? replaced.toUpperCase() : replaced
    },
  ]
}

function compile(pattern: string): Re2.RE2JS {
  const library = load('re2js') as typeof Re2
  try {
    return library.RE2JS.compile(pattern)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RangeError(`${property}: '${pattern}' is no regular expression of RE2: ${reason}`)
  }
}

/** Texts, and numbers of groups. */
type Part = string | number

/**
 * Of '$1@example.com': as many digits as make the number of a group. What is no group is text, and
 * a backslash stands before a character that means itself.
 */
function replacementParts(replacement: string, groups: number): Part[] {
  const parts: Part[] = []
  for (let at = 0; at < replacement.length; at++) {
    const [, digits] = /^\$(\d+)/.exec(replacement.slice(at)) ?? []
    if (digits !== undefined) {
      const group = groupOf(digits, groups)
      parts.push(group === undefined ? `$${digits}` : Number(group))
      if (group === undefined) at += digits.length
      else at += group.length
    } else {
      if (replacement[at] === '\\') at++
      parts.push(replacement[at] ?? '\\')
    }
  }
  return parts
}

function groupOf(digits: string, groups: number): string | undefined {
  for (let length = digits.length; length > 0; length--) {
    const candidate = digits.slice(0, length)
    if (Number(candidate) <= groups) return candidate
  }
  return undefined
}

/** Kafka replaces each match within the name, once it matches as a whole. */
function replaceAll(name: string, regex: Re2.RE2JS, parts: readonly Part[]): string {
  const matcher = regex.matcher(name)
  let result = ''
  let end = 0
  while (matcher.find()) {
    result += name.slice(end, matcher.start())
    for (const part of parts) {
      result += typeof part === 'string' ? part : (matcher.group(part) ?? '')
    }
    end = matcher.end()
  }
  return result + name.slice(end)
}
