import type { BenchCase } from './bench-case.ts'
import { rebuildContender } from './contenders.ts'
import { lakeOfPosts, PARTITIONS } from './lake-of-posts.ts'

/** Of the posts asked for: a tenth, a third, all. */
const SHARES = [0.1, 0.3, 1]

export const rebuildGrowth: BenchCase = {
  name: 'rebuild-growth',
  about: 'the rebuild workflow over growing histories of equally many hours',
  target: 'time grows as posts do; memory does not: under 600 MB a worker',
  async prepare(context) {
    const { posts, hours } = context.options
    const contenders = []
    for (const share of SHARES) {
      const some = Math.round(posts * share)
      const lake = await lakeOfPosts(context, some, hours)
      contenders.push({ ...rebuildContender(context, lake), name: `${some.toLocaleString('en-GB')} posts` })
    }
    const [least, , most] = contenders
    return {
      contenders,
      facts: { posts, hours, partitions: PARTITIONS },
      ratios: [{ of: least!.name, to: most!.name }],
    }
  },
}
