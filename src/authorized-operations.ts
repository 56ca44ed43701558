/** What answers tell clients of what they may do (KIP-430). */
import { clusterName } from './auth/acl-codes.ts'
import type { Asking } from './auth/checks.ts'
import type { Rule } from './auth/required.ts'

/** Stands for "not asked for". */
export const operationsOmitted = -(2 ** 31)

/** On the cluster: none for a client that may not describe it. */
export function operationsOnCluster(context: Asking, rule: Rule): number {
  const { authorizer } = context
  if (!authorizer.allows(context, rule, clusterName)) return 0
  return authorizer.operations(context, 'cluster', clusterName)
}
