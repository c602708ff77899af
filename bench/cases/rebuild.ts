import type { BenchCase } from './bench-case.ts'
import { rebuildContender, scanContender, sparkContender, unpackContender } from './contenders.ts'
import { lakeOfPosts, PARTITIONS } from './lake-of-posts.ts'

const SPARK_JOBS = 2

export const rebuild: BenchCase = {
  name: 'rebuild',
  about:
    'the rebuild workflow over the full history, end to end: Temporal, HDFS, copies by id once, full tallies to the lake, ' +
    'views in MongoDB; beside Spark over the same HDFS files, copies by id once, a tag once a record, the same top 10s',
  target: '8 times faster than Spark (start-up and job); aim 12, and at most 3 times reading and unpacking only',
  async prepare(context) {
    const { posts, hours, baselines } = context.options
    const lake = await lakeOfPosts(context, posts, hours)
    const own = [rebuildContender(context, lake), scanContender(context, lake)]
    const limit = unpackContender(lake)
    const spark = baselines ? [await sparkContender(context, lake, SPARK_JOBS)] : []
    return {
      // The limit goes first: it finds HDFS's JVMs cold, and those that are compared find them warm.
      contenders: [limit, ...own, ...spark],
      facts: { posts, hours, partitions: PARTITIONS },
      ratios: [
        ...spark.flatMap(({ name }) => own.map((one) => ({ of: one.name, to: name }))),
        ...own.map((one) => ({ of: limit.name, to: one.name })),
      ],
    }
  },
}
