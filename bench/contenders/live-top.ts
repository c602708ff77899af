/** What readers see after a run: the live edition's top 10 of every hour of the lake. */
import type { Config } from '../../app/config.ts'
import { layoutAt } from '../../lake/layout.ts'
import { listHours } from '../../lake/listing.ts'
import { openStore } from '../../lake/open-store.ts'
import { openViews } from '../../views/views.ts'
import { topLines } from './lake-requests.ts'

export interface LiveTop {
  /** `hour rank key count`, as the baselines write it. */
  readonly text: string
  readonly records: number
  readonly copies: number
}

export async function readLiveTop(config: Config): Promise<LiveTop> {
  await using store = openStore(config.lake)
  await using views = await openViews({ ...config.mongo, appName: 'tendance bench' })
  const hours = await listHours({ store, layout: layoutAt(config.lake.root) }, 'posts')
  const edition = (await views.live.read('posts'))?.edition ?? 0
  const documents = await views.batch.get({ stream: 'posts', board: 'hashtags', edition, hours })
  const lines = documents.toSorted((a, b) => (a.hour < b.hour ? -1 : 1)).flatMap((one) => topLines(one.hour, one))
  return {
    text: `${lines.join('\n')}\n`,
    records: documents.reduce((sum, one) => sum + one.records, 0),
    copies: documents.reduce((sum, one) => sum + one.copies, 0),
  }
}
