/** Whether a name is like the pattern, in which `*` stands for any characters, or none. */
export function wildcard(pattern: string): (name: string) => boolean {
  const [start, ...rest] = pattern.split('*')
  const end = rest.pop()
  if (end === undefined) return name => name === pattern
  return name => {
    if (!name.startsWith(start!) || name.length < start!.length + end.length) return false
    let from = start!.length
    for (const part of rest) {
      const at = name.indexOf(part, from)
      if (at < 0) return false
      from = at + part.length
    }
    return name.length - end.length >= from && name.endsWith(end)
  }
}
