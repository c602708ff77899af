/** The last hour, live: the top 10 of the last 60 minutes as they are counted, and the last full hour beside it. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LiveEvent } from '../../contract/live.ts'
import { Spark } from '../charts/spark.tsx'
import { MovementMark } from '../parts/movement.tsx'
import { ShareBar } from '../parts/share-bar.tsx'
import { ProofBadge, StandingBadge } from '../parts/standing.tsx'
import { Empty, Note, WhenKnown } from '../parts/states.tsx'
import { TermLink } from '../parts/term-link.tsx'
import { useFlip } from '../parts/use-flip.ts'
import { ageOf, question } from '../state/api.ts'
import type { Connection } from '../state/follow-live.ts'
import { useLive } from '../state/live.ts'
import { usePage } from '../state/page-context.ts'

export const askNow = () => [question('now')]

export function NowView() {
  const { text, api } = usePage()
  const { event, connection, first } = useLive()
  const known = event ? { data: event, problem: null, at: event.at } : first
  return (
    <>
      <header class="view-head">
        <div>
          <h1>{text.now.title}</h1>
          <p class="lead">{text.now.lead}</p>
        </div>
        {event && <Pulse event={event} connection={connection} />}
      </header>
      <WhenKnown known={known} again={() => void api.ask(question('now'))}>
        {(live) =>
          live.sliding.rows.length === 0 && live.lastHour.rows.length === 0 && live.secondsBehind === null ? (
            <Empty />
          ) : (
            <Live live={live} connection={connection} />
          )
        }
      </WhenKnown>
    </>
  )
}

function Live({ live, connection }: { readonly live: LiveEvent; readonly connection: Connection }) {
  const { text, format } = usePage()
  const { sliding, lastHour, slots } = live
  const list = useRef<HTMLOListElement>(null)
  useFlip(list, sliding.rows.map(({ key }) => key).join(' '))
  const most = sliding.rows[0]?.count ?? 0
  return (
    <>
      {connection === 'lost' && <Note>{text.now.notLive(format.clock(live.at))}</Note>}
      <div class="now-columns">
        <section class="card" aria-labelledby="sliding">
          <header class="card-head">
            <div>
              <h2 id="sliding">{text.now.topTitle}</h2>
              <p class="quiet">{text.now.topSpan(format.time(sliding.from), format.time(sliding.to))}</p>
            </div>
            <div class="badges">
              <span class="badge provisional" title={text.standingWhy.provisional}>
                {text.standing.provisional}
              </span>
              <ProofBadge exact={sliding.exact} bound={sliding.bound} />
            </div>
          </header>
          {live.secondsBehind === null && (
            <p class="note">
              <span>
                {text.now.notCountingWhy} <code>tendance work speed</code>
              </span>
            </p>
          )}
          {sliding.missingSlots > 0 && <p class="note quiet">{text.now.missingSlots(sliding.missingSlots)}</p>}
          <ol class="ranking" ref={list}>
            {sliding.rows.map((row) => (
              <li key={row.key} data-key={row.key}>
                <span class="rank">{row.rank}</span>
                <MovementMark movement={row.movement} />
                <span class="name">
                  <TermLink shown={row.shown} />
                  <ShareBar part={row.count} of={most} />
                </span>
                <Spark counts={row.spark} slots={slots} label={text.now.sparkOf(`#${row.shown}`)} />
                <span class="count">
                  {format.count(row.count)}
                  <span class="unseen"> {text.table.count}</span>
                </span>
              </li>
            ))}
          </ol>
        </section>
        <div class="side">
          <section class="card" aria-labelledby="full-hour">
            <header class="card-head">
              <div>
                <h2 id="full-hour">{text.now.lastTitle}</h2>
                <p class="quiet">
                  {format.hourSpan(lastHour.hour)} · {text.posts(format.count(lastHour.records))}
                </p>
              </div>
              <div class="badges">
                <StandingBadge standing={lastHour.standing} />
                <ProofBadge exact={lastHour.exact} bound={lastHour.bound} />
              </div>
            </header>
            <ol class="ranking compact">
              {lastHour.rows.map((row) => (
                <li key={row.key}>
                  <span class="rank">{row.rank}</span>
                  <MovementMark movement={row.movement} />
                  <span class="name">
                    <TermLink shown={row.shown} />
                  </span>
                  <span class="count">{format.count(row.count)}</span>
                </li>
              ))}
            </ol>
          </section>
          <section class="card" aria-labelledby="slots">
            <h2 id="slots">{text.now.slots}</h2>
            <Spark isWide counts={slots.map(({ records }) => records)} slots={slots} label={text.now.slots} />
            <p class="quiet ends">
              <span>{format.time(slots[0]?.at ?? live.at)}</span>
              <span>{format.time(live.at)}</span>
            </p>
          </section>
          <section class="card pending" aria-labelledby="rising">
            <h2 id="rising">{text.now.risingTitle}</h2>
            <p class="quiet">{text.now.risingBody}</p>
          </section>
        </div>
      </div>
    </>
  )
}

/** How far behind real time the counts are; it goes on counting between two events. */
function Pulse({ event, connection }: { readonly event: LiveEvent; readonly connection: Connection }) {
  const { text, format, isAlive } = usePage()
  const [passed, setPassed] = useState(0)
  useEffect(() => {
    setPassed(0)
    const began = Date.now()
    const timer = setInterval(() => setPassed(Math.round((Date.now() - began) / 1_000)), 1_000)
    return () => clearInterval(timer)
  }, [event])
  const { secondsBehind } = event
  const kind = !isAlive
    ? 'still'
    : connection === 'open' && ageOf({ data: event, problem: null, at: event.at }) === null
      ? 'open'
      : connection === 'lost'
        ? 'lost'
        : 'still'
  const { live, halted, broken, connecting } = text.now
  const words = connection === 'open' ? (kind === 'open' ? live : halted) : connection === 'lost' ? broken : connecting
  return (
    <p class={`live-pulse ${kind}`}>
      <span class="light" aria-hidden="true" />
      {isAlive && <span role="status">{words}</span>}
      <span class="behind">
        {secondsBehind === null ? text.now.notCounting : text.now.behind(format.seconds(secondsBehind + passed))}
      </span>
    </p>
  )
}
