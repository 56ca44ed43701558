import type { Resources } from '../resources.ts'
import type { Topics } from '../topics.ts'
import { AuditTopic } from './audit-topic.ts'
import { Audit, type AuditOptions } from './audit.ts'

/** The audit that is configured; it is told to the end when what was opened is closed. */
export function openAudit(
  { topics, ...options }: Omit<AuditOptions, 'topic'> & { topics: Topics },
  opened: Resources,
): Audit {
  const name = options.config.auditTopic
  const topic = name === null ? undefined : new AuditTopic({ ...options, name, topics })
  const audit = new Audit({ ...options, ...(topic && { topic }) })
  opened.defer(async () => {
    audit.close()
    await topic?.close()
  })
  return audit
}
