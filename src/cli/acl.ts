/** `odradek acl`: who may do what. */
import { Option } from 'commander'
import { describeAcls } from '../../protocol/apis/29-describe-acls.ts'
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import { any, clusterName, patternTypes, permissionTypes } from '../auth/acl-codes.ts'
import {
  operationCode,
  operationName,
  operationNames,
  resourceTypeCode,
  resourceTypeName,
  resourceTypeNames,
} from './acl-names.ts'
import { checkAnswer } from './broker-answers.ts'
import { declare, grouped, type Declaration } from './command.ts'
import { confirm, yesOption, type ConfirmationFlags } from './confirmation.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { listOf, object, oneOf, string, type Described } from './json-schema.ts'

const aclList = object({
  acls: listOf(
    object({
      principal: string,
      permission: oneOf('allow', 'deny'),
      operation: string,
      resourceType: string,
      resource: string,
      pattern: oneOf('literal', 'prefixed'),
      host: string,
    }),
  ),
})

type AclList = Described<typeof aclList>

interface AclRow {
  principal: string
  permissionType: number
  operation: number
  resourceType: number
  resourceName: string
  patternType: number
  host: string
}

function aclOf(row: AclRow): AclList['acls'][number] {
  return {
    principal: row.principal,
    permission: row.permissionType === permissionTypes.deny ? 'deny' : 'allow',
    operation: operationName(row.operation),
    resourceType: resourceTypeName(row.resourceType),
    resource: row.resourceName,
    pattern: row.patternType === patternTypes.prefixed ? 'prefixed' : 'literal',
    host: row.host,
  }
}

const text: NonNullable<Declaration<AclList, unknown>['text']> = ({ acls }, { table }) =>
  table(
    ['PRINCIPAL', 'PERMISSION', 'OPERATION', 'RESOURCE', 'NAME', 'PATTERN', 'HOST'],
    acls.map(each => [
      each.principal,
      each.permission,
      each.operation,
      each.resourceType,
      each.resource,
      each.pattern,
      each.host,
    ]),
  )

function sorted(acls: AclList['acls']): AclList['acls'] {
  const key = (acl: AclList['acls'][number]): string => Object.values(acl).join('\0')
  return acls.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

interface ListFlags extends ConnectionFlags {
  principal?: string
  resource?: string
}

const listCommand = declare<AclList, ListFlags>({
  name: 'list',
  summary: 'List ACLs.',
  options: [
    new Option('--principal <name>', "Only those of, for instance, 'User:alice'."),
    new Option('--resource <type/name>', "Only those that act on, for instance, 'topic/orders'."),
    ...connectionOptions,
  ],
  examples: [
    ['acl', 'all of them'],
    ['acl list --principal User:alice', 'what alice may do'],
  ],
  output: aclList,
  run: ({ options }) =>
    withClient(options, async client => {
      const { principal = null, resource } = options
      const [type, name] = resource === undefined ? [] : splitResource(resource)
      const filter = {
        resourceTypeFilter: type === undefined ? any : resourceTypeCode(type),
        resourceNameFilter: name ?? null,
        patternTypeFilter: name === undefined ? any : matching,
        principalFilter: principal,
        hostFilter: null,
        operation: any,
        permissionType: any,
      }
      const answer = await client.send(describeAcls, filter, {
        minVersion: 1,
        check: ({ errorCode, errorMessage }) => checkAnswer('ACLs', errorCode, errorMessage),
      })
      const rows = answer.resources.flatMap(({ acls, ...pattern }) =>
        acls.map(acl => ({ ...pattern, ...acl })),
      )
      return { acls: sorted(rows.map(aclOf)) }
    }),
  text,
  said: ({ acls }) => (acls.length > 0 ? undefined : 'no ACLs'),
})

/** Kafka: PatternType.MATCH. */
const matching = 2

function splitResource(resource: string): [string, string | undefined] {
  const at = resource.indexOf('/')
  return at < 0 ? [resource, undefined] : [resource.slice(0, at), resource.slice(at + 1)]
}

interface ChangeFlags extends ConfirmationFlags {
  prefixed?: true
  deny?: true
  host?: string
}

const changeArguments = [
  ['<principal>', "for instance 'User:alice'; 'User:*' is everybody"],
  ['<operations>', `between commas: ${operationNames.join(', ')}`],
  ['<resource>', `one of ${resourceTypeNames.join(', ')}`],
  ['[name]', "of the resource; '*' is all; none for the cluster"],
] as const

const changeOptions = [
  new Option('--prefixed', 'The name is what names begin with.'),
  new Option('--deny', 'Forbid, which counts more than what is allowed.'),
  new Option('--host <address>', 'Only from there. Default: *'),
]

/** What the arguments mean, an ACL for each operation. Throws a Failure. */
function meantAcls(args: readonly string[], flags: ChangeFlags): AclRow[] {
  const [principal = '', list = '', type = '', name] = args
  if (!principal.includes(':')) {
    throw new Failure(`${principal}: not a principal: write User:${principal}`, 2)
  }
  const resourceType = resourceTypeCode(type)
  const isCluster = type.toLowerCase() === 'cluster'
  if (name === undefined && !isCluster) throw new Failure(`name the ${type}, or '*' for all`, 2)
  return list.split(',').map(operation => ({
    principal,
    permissionType: flags.deny ? permissionTypes.deny : permissionTypes.allow,
    operation: operationCode(operation.trim()),
    resourceType,
    resourceName: name ?? clusterName,
    patternType: flags.prefixed ? patternTypes.prefixed : patternTypes.literal,
    host: flags.host ?? '*',
  }))
}

const addCommand = declare<AclList, ChangeFlags>({
  name: 'add',
  summary: 'Allow something, or forbid it.',
  arguments: changeArguments,
  options: [...changeOptions, ...connectionOptions],
  examples: [
    ['acl add User:alice read,write topic orders', 'alice may produce and consume'],
    ['acl add User:alice read group app- --prefixed', 'in groups whose names begin so'],
  ],
  output: aclList,
  run: ({ args, options }) =>
    withClient(options, async client => {
      const acls = meantAcls(args, options)
      const creations = acls.map(({ patternType, ...acl }) => {
        return { ...acl, resourcePatternType: patternType }
      })
      await client.send(
        createAcls,
        { creations },
        {
          to: 'controller',
          minVersion: 1,
          check: ({ results }) => {
            for (const each of results) checkAnswer('ACL', each.errorCode, each.errorMessage)
          },
        },
      )
      return { acls: acls.map(aclOf) }
    }),
  said: ({ acls }) => acls.map(each => `added: ${aclText(each)}`).join('\n'),
})

const removeCommand = declare<AclList, ChangeFlags>({
  name: 'remove',
  summary: 'Remove ACLs: what is not given may be anything.',
  arguments: [
    changeArguments[0],
    ['[operations]', changeArguments[1][1]],
    ['[resource]', changeArguments[2][1]],
    changeArguments[3],
  ],
  options: [...changeOptions, yesOption, ...connectionOptions],
  examples: [
    ['acl remove User:alice write topic orders', 'one of them'],
    ['acl remove User:alice', 'all of alice'],
  ],
  output: aclList,
  run: call =>
    withClient(call.options, async client => {
      const filters = meantFilters(call.args, call.options)
      await confirm(call, `remove ACLs of ${call.args[0]}`)
      const { filterResults } = await client.send(
        deleteAcls,
        { filters },
        {
          to: 'controller',
          minVersion: 1,
          check: ({ filterResults: results }) => {
            for (const each of results) checkAnswer('ACLs', each.errorCode, each.errorMessage)
          },
        },
      )
      return { acls: sorted(filterResults.flatMap(each => each.matchingAcls).map(aclOf)) }
    }),
  said: ({ acls }) => {
    return acls.map(each => `removed: ${aclText(each)}`).join('\n') || 'there were no such ACLs'
  },
})

function meantFilters(args: readonly string[], { host, deny, prefixed }: ChangeFlags) {
  const [principal, operations, type, name] = args
  const codes = operations === undefined ? [any] : operations.split(',').map(operationCode)
  const pattern = prefixed ? patternTypes.prefixed : patternTypes.literal
  return codes.map(operation => ({
    resourceTypeFilter: type === undefined ? any : resourceTypeCode(type),
    resourceNameFilter: name ?? null,
    patternTypeFilter: name === undefined && prefixed === undefined ? any : pattern,
    principalFilter: principal!,
    hostFilter: host ?? null,
    operation,
    permissionType: deny ? permissionTypes.deny : any,
  }))
}

/** 'User:alice may read topic orders' */
function aclText(acl: AclList['acls'][number]): string {
  const may = acl.permission === 'deny' ? 'may not' : 'may'
  const name = acl.pattern === 'prefixed' ? `${acl.resource}…` : acl.resource
  const from = acl.host === '*' ? '' : ` from ${acl.host}`
  return `${acl.principal} ${may} ${acl.operation} ${acl.resourceType} ${name}${from}`
}

export const aclCommand = grouped('acl', 'ACLs: who may do what.', [
  listCommand,
  addCommand,
  removeCommand,
])
