/** The rules of style about what a text says. */

interface Text {
  path: string
  text: string
}

/** 'Name: v0–4' or 'Name: v2' at the top of a handler. */
export function versionContract({ text }: Text): { name: string; versions: number[] } | undefined {
  const [, name, first, last] = /^\/\*\*\s+(?:\* )?(\w+): v(\d+)(?:–(\d+))?\b/.exec(text) ?? []
  if (name === undefined) return undefined
  return { name, versions: [Number(first), Number(last ?? first)] }
}

const revealing: readonly [string, RegExp][] = [
  ['a path of somebody’s machine', /(?<![\w.])\/(home|Users|root|work)\/[\w.]/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an access token', /\b(gh[pousr]_\w{20}|xox[abp]-\w{10}|npm_\w{30}|AKIA[A-Z\d]{16})/],
]

export function revealingTexts({ path, text }: Text): string[] {
  return revealing
    .filter(([, pattern]) => pattern.test(text))
    .map(([what, pattern]) => `${path} has ${what}: ${pattern.exec(text)![0]}`)
}
