/** What is told of who does what; both are our own. */
import { list, string, type Definitions } from './definition.ts'

export const auditConfigs = {
  'audit.events': list({
    default: 'authentication,authorization,change',
    allowed: ['connection', 'authentication', 'authorization', 'change'],
    doc:
      'What the audit tells: connections, authentications, what was denied, and changes of' +
      ' topics, configs, ACLs, quotas, users and tokens.',
  }),
  'audit.topic': string({
    default: null,
    doc: 'A topic that gets the audit as JSON, besides the log.',
  }),
} satisfies Definitions
