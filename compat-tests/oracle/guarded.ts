/** Scenarios of what a request needs: it is asked with these rights, and without. */
import type { Api } from '../../protocol/api.ts'
import { clusterName, give, type Right } from './rights.ts'
import { scenarios, type Bounds, type Scenario, type Script } from './scenario.ts'
import type { Session } from './session.ts'
import { nobody, superUser } from './users.ts'

/** The name is what follows the case's own in the resource's; the cluster has none. */
export type Need = readonly [
  operation: Right['operation'],
  resource: Right['resource'],
  name?: string,
]

function rightTo(s: Session<never>, [operation, resource, name = 'a']: Need): Right {
  return { operation, resource, name: resource === 'cluster' ? clusterName : s.name(name) }
}

/** To all whose names begin like the case's. */
function prefixed(s: Session<never>, need: Need): Right {
  const right = rightTo(s, need)
  return need[1] === 'cluster' ? right : { ...right, name: s.name(''), pattern: 'prefixed' }
}

function needText([operation, resource, name]: Need): string {
  return `${operation} of ${resource}${name === undefined ? '' : ` ${name}`}`
}

/**
 * In the first and the last version the script is run by a user without rights, and by one who has
 * what it needs; in the last one also by users whose rights are given otherwise, or taken, and by a
 * super user.
 */
export function guarded<In, Out, OutIn>(
  api: Api<unknown, In, Out, OutIn>,
  name: string,
  needs: readonly Need[],
  script: Script<In, Out>,
  bounds: Bounds = {},
): Scenario[] {
  const having = (rights: (s: Session<never>) => Right[]): Script<In, Out> => {
    return async s => {
      await give(s, ...rights(s))
      return script(s)
    }
  }
  const all = (s: Session<never>): Right[] => needs.map(need => rightTo(s, need))
  const without = needs.map((lacking, index) => {
    const others = needs.filter((_, other) => other !== index)
    const rights = (s: Session<never>) => others.map(need => rightTo(s, need))
    return [`${name}, without ${needText(lacking)}`, having(rights)] as const
  })
  const first = needs[0]!
  const denied = (s: Session<never>): Right[] => {
    return [...all(s), { ...rightTo(s, first), permission: 'deny' }]
  }
  const isOfCluster = needs.every(([, resource]) => resource === 'cluster')
  const byNames = {
    [`${name}, by prefix`]: having(s => needs.map(need => prefixed(s, need))),
    [`${name}, by wildcard`]: having(s => {
      return needs.map(need => ({ ...rightTo(s, need), name: '*' }))
    }),
  }
  const secured = { ends: true, ...bounds, setting: 'secured' } as const
  const last = { ...secured, last: true }
  return [
    ...scenarios(api, { [`${name}, by nobody`]: script }, { ...secured, user: nobody }),
    ...scenarios(api, { [`${name}, by name`]: having(all) }, secured),
    ...scenarios(api, { [`${name}, by a super user`]: script }, { ...last, user: superUser }),
    ...scenarios(
      api,
      { [`${name}, denied`]: having(denied), ...(isOfCluster ? {} : byNames) },
      last,
    ),
    ...(needs.length > 1 ? scenarios(api, Object.fromEntries(without), last) : []),
  ]
}
