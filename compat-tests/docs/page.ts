/** Pages for users as what they are made of: files, programs, commands, and what these print. */

export interface Block {
  language: string
  /** The name of a file, of a block that is one. */
  file: string | undefined
  /** The test that runs it, where this one cannot. */
  elsewhere: string | undefined
  text: string
  /** In the page, from 1 on. */
  line: number
}

/** A command, and what it prints. */
export interface Step {
  command: string
  prints: string
}

const fence = /^```(\w+)(?: ([^\n]+))?\n([^]*?)^```$/gm

/** The blocks of a page that have a language, in their order. */
export function blocksOf(page: string): Block[] {
  return Array.from(page.matchAll(fence), ({ 1: language, 2: info = '', 3: text, index }) => {
    const words = info.split(' ')
    const elsewhere = words.find(word => word.startsWith('elsewhere='))
    return {
      language: language!,
      file: words.find(word => word.includes('.') && word !== elsewhere),
      elsewhere: elsewhere?.replace('elsewhere=', ''),
      text: text!,
      line: page.slice(0, index).split('\n').length,
    }
  })
}

/** Of a console: '$ ' begins a command, a backslash at the end of a line continues it. */
export function stepsOf(text: string): Step[] {
  const steps = text.replaceAll(/ \\\n +/g, ' ').split(/^\$ /m)
  return steps.slice(1).map(step => {
    const [command, ...prints] = step.trimEnd().split('\n')
    return { command: command!, prints: prints.join('\n') }
  })
}

/** A pattern for an output: '…' stands for anything. */
export function outputOf(prints: string): RegExp {
  const parts = prints
    .trim()
    .split('…')
    .map(part => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('[^]*')}$`)
}
