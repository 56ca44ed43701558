/** `odradek completion`: scripts by which shells complete commands and options. */
import type { Command } from 'commander'
import { CommandGroup, declare, type DeclaredCommand } from './command.ts'
import { bashScript, fishScript, zshScript, type Completions } from './completion-scripts.ts'
import { Failure } from './failure.ts'
import { object, oneOf, string, type Described } from './json-schema.ts'

interface Named {
  summary: string
  load(): Promise<DeclaredCommand | CommandGroup>
}

const shells = ['bash', 'zsh', 'fish'] as const

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }

const script = object({ shell: oneOf(...shells), script: string })

/** Knows the commands of the program, and the options of its start. */
export function completionCommand(
  commands: Readonly<Record<string, Named>>,
  startOptions: () => Promise<readonly string[]>,
): DeclaredCommand {
  return declare<Described<typeof script>, unknown>({
    name: 'completion',
    summary: 'Print a script by which bash, zsh or fish complete what is typed.',
    arguments: [['<shell>', shells.join(', ')]],
    examples: [
      ['completion bash > ~/.local/share/bash-completion/completions/odradek', 'for bash'],
      ['completion zsh > ~/.zfunc/_odradek', 'for zsh, with ~/.zfunc in fpath'],
      ['completion fish > ~/.config/fish/completions/odradek.fish', 'for fish'],
    ],
    output: script,
    async run({ args: [name = ''] }) {
      const shell = shells.find(each => each === name)
      if (shell === undefined) throw new Failure(`${name}: not one of ${shells.join(', ')}`, 2)
      const known: Completions = new Map([['', { summary: '', words: await startOptions() }]])
      for (const [group, { summary, load }] of Object.entries(commands)) {
        const command = await load()
        if (!(command instanceof CommandGroup)) {
          known.set(group, { summary, words: optionsOf(command) })
          continue
        }
        known.set(group, { summary, words: command.commands.map(each => each.name()) })
        for (const each of command.commands) {
          known.set(`${group} ${each.name()}`, { summary: each.summary(), words: optionsOf(each) })
        }
      }
      return { shell, script: scripts[shell](known) }
    },
    text: result => result.script,
  })
}

function optionsOf(command: Command): string[] {
  return [...command.options.flatMap(({ long }) => long ?? []), '--help']
}
