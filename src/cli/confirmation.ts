/** Asks before something is lost on a broker that is not on this machine. */
import { Option } from 'commander'
import { parseBootstrapServers } from '../client/address.ts'
import { createClientConfig } from '../client/settings.ts'
import { isLoopback } from '../config/loopback.ts'
import type { Call } from './command.ts'
import { connectionSettings, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'

export interface ConfirmationFlags extends ConnectionFlags {
  readonly yes?: true
}

export const yesOption = new Option('--yes', 'Do not ask, whichever machine the broker is on.')

/** `what` like 'delete 3 topics: a, b, c'. Throws a Failure where nobody agrees. */
export async function confirm(
  { options, terminal }: Call<ConfirmationFlags>,
  what: string,
): Promise<void> {
  if (options.yes) return
  const { bootstrapServers } = createClientConfig(connectionSettings(options))
  if (parseBootstrapServers(bootstrapServers).every(({ host }) => isLoopback(host))) return
  if (!terminal.isInteractive) {
    throw new Failure(`would ${what} on ${bootstrapServers}: add --yes to do it`, 2)
  }
  const answer = await terminal.ask(`Really ${what} on ${bootstrapServers}? [y/N]`)
  if (/^y(es)?$/i.test(answer.trim())) return
  throw new Failure('nothing was changed', 1)
}
