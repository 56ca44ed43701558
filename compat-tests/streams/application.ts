/** An application of Kafka Streams 4.3.1: see java/WordCount.java. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Program } from './program.ts'

export interface ApplicationOptions {
  bootstrapServers: string
  applicationId: string
  /** Of lines of words. */
  input: string
  /** Of counts by word. */
  output: string
}

/** One instance of the application, with two threads. */
export class Application implements AsyncDisposable {
  /** The last count of each word that this instance has told. */
  readonly counts = new Map<string, number>()
  state = 'CREATED'
  readonly #stateDirectory: string
  #program: Program | undefined

  private constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory
  }

  static async start(options: ApplicationOptions): Promise<Application> {
    const { bootstrapServers, applicationId, input, output } = options
    const stateDirectory = await mkdtemp(path.join(tmpdir(), 'odradek-streams-'))
    const application = new Application(stateDirectory)
    const command = ['WordCount', bootstrapServers, applicationId, input, output, stateDirectory]
    application.#program = await Program.start('4.3.1', command, line => {
      application.#read(line)
    })
    return application
  }

  #read(line: string): void {
    const [word, value] = line.split(' ') as [string, string]
    if (word === 'state') this.state = value
    else this.counts.set(word, Number(value))
  }

  /** SIGKILL: the others learn of it when its session ends. */
  async kill(): Promise<void> {
    await this.#program!.kill()
  }

  /** Leaves the group, and ends. */
  async stop(): Promise<void> {
    await this.#program!.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#stateDirectory, { recursive: true })
  }
}
