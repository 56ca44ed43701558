/** Whether ACLs hold, and for whom they do not. */
import { bool, string, type Definitions } from './definition.ts'

const standard = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
/** Before KRaft; it decided by the same rules. */
const older = 'kafka.security.authorizer.AclAuthorizer'

export const authorizerConfigs = {
  'authorizer.class.name': string({
    default: '',
    form: {
      pattern: new RegExp(`^(|${[standard, older].join('|').replaceAll('.', '\\.')})$`),
      text: `${standard}, whose rules are built in; no other authorizer can be loaded`,
    },
    doc: `Whether ACLs hold: ${standard}, or empty for none.`,
  }),
  'super.users': string({
    default: '',
    form: {
      pattern: /^\s*(?:[^:;]+:[^;]+)?(?:;\s*(?:[^:;]+:[^;]+)?)*$/,
      text: 'a list of principals, as in User:alice;User:bob',
    },
    doc: 'Who may do everything, whatever ACLs say: principals with semicolons in between.',
  }),
  'allow.everyone.if.no.acl.found': bool({
    default: false,
    doc: 'Whether a resource for which there is no ACL is everybody’s, or only for super.users.',
  }),
} satisfies Definitions
