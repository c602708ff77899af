import type { BenchCase } from './bench-case.ts'
import { scanContender, sparkContender, unpackContender } from './contenders.ts'
import { lakeOfPosts, PARTITIONS } from './lake-of-posts.ts'

export const scan: BenchCase = {
  name: 'scan',
  about:
    'the batch hot path alone: every hour of the lake counted on threads and its full tally written to HDFS, beside Spark doing ' +
    'the same work',
  target: 'at most 3 times reading and unpacking only',
  async prepare(context) {
    const { posts, hours, baselines } = context.options
    const lake = await lakeOfPosts(context, posts, hours)
    const own = scanContender(context, lake)
    const limit = unpackContender(lake)
    const spark = baselines ? [await sparkContender(context, lake, 1)] : []
    return {
      contenders: [own, limit, ...spark],
      facts: { posts, hours, partitions: PARTITIONS },
      ratios: [...spark.map(({ name }) => ({ of: own.name, to: name })), { of: limit.name, to: own.name }],
    }
  },
}
