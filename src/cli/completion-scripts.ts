/** Words that may come next, as scripts of shells. */

export type Completions = Map<string, { summary: string; words: readonly string[] }>

/** Commands at the top, below '', have no blank in their path. */
function topLevel(completions: Completions): string[] {
  return [...completions.keys()].filter(path => path !== '' && !path.includes(' '))
}

/** What stands before the word that is completed: up to two words that are no options. */
export function bashScript(completions: Completions): string {
  const start = [...topLevel(completions), ...completions.get('')!.words].join(' ')
  const cases = Array.from(completions)
    .filter(([path]) => path !== '')
    .map(([path, { words }]) => `    '${path}') words='${words.join(' ')}' ;;`)
  return [
    '# Completion of odradek for bash.',
    '_odradek() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" path="" words="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    [[ $word == -* ]] && break',
    '    case "${path:+$path }$word" in',
    `      ${patterns(completions)}) path="\${path:+$path }$word" ;;`,
    '      *) break ;;',
    '    esac',
    '  done',
    '  case "$path" in',
    `    '') words='${start}' ;;`,
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _odradek odradek',
  ].join('\n')
}

function patterns(completions: Completions): string {
  const paths = [...completions.keys()].filter(path => path !== '')
  return paths.map(path => `'${path}'`).join('|')
}

/** zsh runs what is written for bash. */
export function zshScript(completions: Completions): string {
  const body = bashScript(completions).split('\n').slice(1)
  return [
    '#compdef odradek',
    '# Completion of odradek for zsh.',
    'autoload -U +X bashcompinit && bashcompinit',
    ...body,
  ].join('\n')
}

export function fishScript(completions: Completions): string {
  const top = topLevel(completions)
  const lines = ['# Completion of odradek for fish.']
  const start = '__fish_use_subcommand'
  for (const name of top) {
    lines.push(complete(start, `-f -a ${name}`, completions.get(name)!.summary))
  }
  for (const option of completions.get('')!.words) {
    lines.push(complete(start, `-l ${option.slice(2)}`, ''))
  }
  for (const [path, { words }] of completions) {
    if (path === '') continue
    const [group, name] = path.split(' ')
    const seen = `__fish_seen_subcommand_from ${name ?? group}`
    const both = name === undefined ? seen : `__fish_seen_subcommand_from ${group}; and ${seen}`
    for (const word of words) {
      const summary = completions.get(`${path} ${word}`)?.summary ?? ''
      if (word.startsWith('--')) lines.push(complete(both, `-l ${word.slice(2)}`, ''))
      else {
        const siblings = words.filter(each => !each.startsWith('--')).join(' ')
        const condition = `${both}; and not __fish_seen_subcommand_from ${siblings}`
        lines.push(complete(condition, `-f -a ${word}`, summary))
      }
    }
  }
  return lines.join('\n')
}

function complete(condition: string, what: string, summary: string): string {
  const about = summary === '' ? '' : ` -d ${quoted(summary)}`
  return `complete -c odradek -n ${quoted(condition)} ${what}${about}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
