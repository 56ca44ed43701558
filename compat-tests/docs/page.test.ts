import { expect, it } from 'vitest'
import { blocksOf, outputOf, stepsOf } from './page.ts'

const page = `# A page

\`\`\`sh
odradek --dev
\`\`\`

Some \`\`\`text.

\`\`\`js app.test.js
run()
\`\`\`

\`\`\`java elsewhere=compat-tests/x.test.ts
new App();
\`\`\`

\`\`\`
no language
\`\`\`
`

it('finds blocks, with their files and lines', () => {
  expect(blocksOf(page)).toEqual([
    { language: 'sh', file: undefined, elsewhere: undefined, text: 'odradek --dev\n', line: 3 },
    { language: 'js', file: 'app.test.js', elsewhere: undefined, text: 'run()\n', line: 9 },
    {
      language: 'java',
      file: undefined,
      elsewhere: 'compat-tests/x.test.ts',
      text: 'new App();\n',
      line: 13,
    },
  ])
})

it('finds commands, and what they print', () => {
  expect(stepsOf('$ a \\\n    b\none\ntwo\n$ c\n')).toEqual([
    { command: 'a b', prints: 'one\ntwo' },
    { command: 'c', prints: '' },
  ])
})

it('lets … stand for anything', () => {
  const pattern = outputOf('at … (1.0)\nend')
  expect(pattern.test('at 10:00\n11:00 (1.0)\nend')).toBe(true)
  expect(pattern.test('at 10:00 (1x0)\nend')).toBe(false)
})
