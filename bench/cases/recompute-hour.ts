import type { BenchCase } from './bench-case.ts'
import { recomputeContender } from './contenders.ts'
import { lakeOfPosts, PARTITIONS } from './lake-of-posts.ts'

const POSTS = 200_000
const HOURS = 1

export const recomputeHour: BenchCase = {
  name: 'recompute-hour',
  about:
    'one hour of 200,000 posts recomputed, from starting the workflow to its edition published; the median of five',
  target: '2 s; aim 1 s',
  async prepare(context) {
    const lake = await lakeOfPosts(context, POSTS, HOURS)
    return {
      contenders: [recomputeContender(context, lake)],
      facts: { posts: POSTS, hours: HOURS, partitions: PARTITIONS },
      ratios: [],
    }
  },
}
