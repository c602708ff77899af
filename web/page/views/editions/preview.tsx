/** What a recompute would read and change. */
import { type HourId, nextHour } from '../../../../model/time.ts'
import type { Preview } from '../../../contract/editions.ts'
import { usePage } from '../../state/page-context.ts'
import { DiffTable } from './diff.tsx'

export function PreviewCard({ preview }: { readonly preview: Preview }) {
  const { text, format } = usePage()
  const { recompute } = text
  const { hours, records, bytes, first, last, open, missing, estimate, sample } = preview
  return (
    <div class="preview">
      <dl class="facts">
        <div>
          <dt>{recompute.reads}</dt>
          <dd>
            {text.range.hours(hours)}, {text.posts(format.count(records))}, {format.bytes(bytes)}
          </dd>
        </div>
        {first && last && (
          <div>
            <dt>{text.editions.hours}</dt>
            <dd>{text.range.resultTitle(format.momentOf(first), format.momentOf(nextHour(last as HourId)))}</dd>
          </div>
        )}
        {estimate && (
          <div>
            <dt>{recompute.takes}</dt>
            <dd>
              {format.seconds(estimate.secondsLeast)} – {format.seconds(estimate.secondsMost)}
            </dd>
          </div>
        )}
        {open.count > 0 && (
          <div>
            <dt>{recompute.open}</dt>
            <dd>{text.range.hours(open.count)}</dd>
          </div>
        )}
        {missing.count > 0 && (
          <div>
            <dt>{recompute.missing}</dt>
            <dd>{text.range.hours(missing.count)}</dd>
          </div>
        )}
      </dl>
      {sample.map(({ hour, boards }) =>
        boards.map(({ board, rows, before, after }) => (
          <details key={`${hour} ${board}`} open={sample.length === 1}>
            <summary>
              {recompute.sample(format.momentOf(hour))}{' '}
              <span class="quiet">
                {before?.extractor ?? '–'} → {after.extractor}
              </span>
            </summary>
            <DiffTable rows={rows} a={null} b={null} label={format.momentOf(hour)} />
          </details>
        )),
      )}
    </div>
  )
}
