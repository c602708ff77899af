/** Who reads and how far, who works, where records come from, what could not be understood. */
import type { ComponentChildren } from 'preact'
import { capitalised } from '../../../../model/wording.ts'
import type { PipelineResponse, SourcesResponse } from '../../../contract/pipeline.ts'
import { Scroll } from '../../parts/scroll.tsx'
import { usePage } from '../../state/page-context.ts'
import { wordOf } from '../../text/told.ts'

interface CardProps {
  readonly id: string
  readonly title: string
  readonly children: ComponentChildren
}

function Card({ id, title, children }: CardProps) {
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}

interface TableProps {
  readonly label: string
  /** A head between brackets stands over numbers. */
  readonly heads: readonly (string | readonly [string])[]
  readonly children: ComponentChildren
}

function Table({ label, heads, children }: TableProps) {
  return (
    <Scroll of="table" label={label}>
      <table class="plain-table">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col" class={typeof head === 'string' ? '' : 'number'}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  )
}

export function Groups({ pipeline }: { readonly pipeline: PipelineResponse }) {
  const { text, format } = usePage()
  const { pipeline: words } = text
  const topic = pipeline.topics[0]
  return (
    <Card id="groups" title={words.groups}>
      {topic && (
        <p class="quiet small">
          {words.topic(topic.topic, topic.partitions, format.count(topic.messages))}
          {topic.rate !== null && `, ${words.rate(format.short(topic.rate))}`}
        </p>
      )}
      {pipeline.groups.length === 0 ? (
        <p class="quiet">{words.noGroups}</p>
      ) : (
        <Table label={words.groups} heads={[words.group, [words.lag], [words.members], text.table.state]}>
          {pipeline.groups.map(({ groupId, name, lag, members, state }) => (
            <tr key={groupId}>
              <th scope="row">{words.groupNames[name]}</th>
              <td class="number">{format.count(lag)}</td>
              <td class="number">{members.length}</td>
              <td>
                <span class={`badge ${state === 'Stable' ? 'ok' : 'warning'}`}>{wordOf(words.groupStates, state)}</span>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  )
}

export function Workers({ workers }: { readonly workers: PipelineResponse['workers'] }) {
  const { text, format } = usePage()
  const { pipeline: words } = text
  return (
    <Card id="workers" title={words.workers}>
      {workers.length === 0 ? (
        <p class="note stale">{words.noWorkers}</p>
      ) : (
        <Table label={words.workers} heads={[words.kind, words.seen, words.who]}>
          {workers.map(({ kind, identity, member, seenAt }) => (
            <tr key={identity}>
              <th scope="row">{words.kinds[kind]}</th>
              <td>{seenAt === null ? words.seenNow : format.time(seenAt)}</td>
              <td class="wrap quiet">
                {member ? words.member(member.clientId, member.host, member.partitions) : identity}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  )
}

export function Schedule({ schedule }: { readonly schedule: PipelineResponse['schedule'] }) {
  const { text, format } = usePage()
  const { pipeline: words } = text
  return (
    <Card id="schedule" title={words.schedule}>
      {schedule === null ? (
        <p class="quiet">{words.noSchedule}</p>
      ) : (
        <dl class="facts">
          <div>
            <dt>{words.next}</dt>
            <dd>
              {schedule.paused ? (
                <span class="badge warning">{text.editions.paused}</span>
              ) : (
                schedule.next && format.moment(schedule.next)
              )}
            </dd>
          </div>
          {schedule.last && (
            <div>
              <dt>{words.lastRun}</dt>
              <dd>
                <a href={schedule.last.url} rel="noreferrer">
                  {format.moment(schedule.last.at)}
                </a>
              </dd>
            </div>
          )}
        </dl>
      )}
    </Card>
  )
}

export function Services({ services }: { readonly services: PipelineResponse['services'] }) {
  const { text } = usePage()
  const { pipeline: words } = text
  return (
    <Card id="services" title={words.services}>
      <Table label={words.services} heads={[words.service, text.table.state, words.about]}>
        {services.map(({ service, ok, about }) => (
          <tr key={service}>
            <th scope="row">{capitalised(text.facts.services[service])}</th>
            <td>
              <span class={`badge ${ok ? 'ok' : 'failed'}`}>{ok ? words.answers : words.silent}</span>
            </td>
            <td class="wrap quiet" lang={ok ? undefined : 'en'}>
              {about}
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  )
}

const SOURCE_BADGES = {
  running: 'ok',
  ended: '',
  stopped: '',
  failed: 'failed',
  silent: 'warning',
} as const satisfies Record<SourcesResponse['sources'][number]['state'], string>

export function Sources({ sources }: { readonly sources: SourcesResponse['sources'] }) {
  const { text, format } = usePage()
  const { pipeline: words } = text
  return (
    <Card id="sources" title={words.sources}>
      {sources.length === 0 ? (
        <p class="quiet">{words.noSources}</p>
      ) : (
        <Table
          label={words.sources}
          heads={[
            ...[words.source, text.table.state],
            ...([[words.speed], [words.records], [words.deadLetters]] as const),
            ...[words.moved, words.position],
          ]}
        >
          {sources
            .toSorted((a, b) => b.reportedAt - a.reportedAt)
            .map((source) => (
              <tr key={`${source.name} ${source.host}`}>
                <th scope="row" class="wrap">
                  {source.name}
                  <div class="quiet small">{words.readBy(source.host, source.pid)}</div>
                </th>
                <td>
                  <span class={`badge ${SOURCE_BADGES[source.state]}`}>{words.sourceStates[source.state]}</span>
                  {source.state !== 'running' && (
                    <div class="quiet small">{words.since(format.moment(source.reportedAt))}</div>
                  )}
                </td>
                <td class="number">{source.rate === null ? '–' : words.rate(format.short(source.rate))}</td>
                <td class="number">{format.count(source.records)}</td>
                <td class="number">{format.count(source.deadLetters)}</td>
                <td>{source.movedAt === null ? '–' : format.moment(source.movedAt)}</td>
                <td class="wrap quiet">{source.position === 'null' ? '–' : <code>{source.position}</code>}</td>
              </tr>
            ))}
        </Table>
      )}
    </Card>
  )
}

export function DeadLetters({ deadLetters }: { readonly deadLetters: NonNullable<PipelineResponse['deadLetters']> }) {
  const { text, format } = usePage()
  const { pipeline: words } = text
  const { total, looked, reasons, reading } = deadLetters
  const [all, latest] = [format.count(total), format.count(looked)]
  return (
    <Card id="dead-letters" title={words.deadLetters}>
      <p class="quiet small" role="status">
        {total === 0 ? words.noDeadLetters : reading ? words.deadLettersReading(all) : words.deadLettersOf(all, latest)}
      </p>
      {reasons.length > 0 && (
        <Table label={words.deadLetters} heads={[words.reason, [words.records], words.latest, words.example]}>
          {reasons.map(({ reason, rest, count, lastAt, example }) => (
            <tr key={reason}>
              <th scope="row" class="wrap" lang={rest ? undefined : 'en'}>
                {rest ? words.otherReasons : reason}
              </th>
              <td class="number">{format.count(count)}</td>
              <td>{format.moment(lastAt)}</td>
              <td class="wrap">
                <code>{example}</code>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  )
}
