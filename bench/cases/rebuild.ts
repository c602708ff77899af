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
    const own = [rebuildContender(context, lake), scanContender(context, lake), unpackContender(lake)]
    const spark = baselines ? [await sparkContender(context, lake, SPARK_JOBS)] : []
    return {
      contenders: [...own, ...spark],
      facts: { posts, hours, partitions: PARTITIONS },
      ratios: [
        ...spark.flatMap(({ name }) => own.slice(0, 2).map((one) => ({ of: one.name, to: name }))),
        ...own.slice(0, 2).map((one) => ({ of: own[2]!.name, to: one.name })),
      ],
    }
  },
}
