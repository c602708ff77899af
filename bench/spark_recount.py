#!/usr/bin/env python3
"""Spark doing the same work as `rebuild`: the top 10 hashtags of every hour of a lake, an independent recount and the baseline.

    spark_recount.py ROOT OUT.tsv --jar spark-avro.jar [--jobs 2] [--cores 2] [--memory 4g]

ROOT is the lake's directory of records: hdfs://host:port/tendance/posts/records, or file:///... Written is one line
'hour TAB rank TAB key TAB count' for each row. Copies of a record (same id) count once, a tag counts once a record, ties rank by code
point. The rule is hashtags@2 as well as one regular expression says it: equal on tags that are letters, marks and digits with
a space before them, which is what the bench's data has.

The last line printed is JSON: seconds of start-up and of each job; the first job is cold, the others find a warm JVM.
"""
import argparse
import json
import time

RULE = r"(?<![\p{L}\p{M}\p{N}_&/])[#＃](?=[\p{M}\p{N}_]*\p{L})([\p{L}\p{M}\p{N}_]+)"
TOP = 10


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("out")
    parser.add_argument("--jar", required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--memory", default="4g")
    return parser.parse_args()


def start(options):
    from pyspark.sql import SparkSession

    settings = {
        "spark.jars": options.jar,
        "spark.driver.memory": options.memory,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        # What helps Spark on few cores: small shuffles, no charge for opening files, the faster serializer.
        "spark.sql.shuffle.partitions": str(4 * options.cores),
        "spark.sql.files.maxPartitionBytes": str(64 << 20),
        "spark.sql.files.openCostInBytes": "0",
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    }
    builder = SparkSession.builder.master(f"local[{options.cores}]").appName("tendance recount")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def top_of_hours(spark, root):
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    posts = (
        spark.read.format("avro")
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "*.avro")
        .load(root)
        .select("id", "created_at", "text")
    )
    # Only records with tags are made distinct: copies of the others change no count, and the shuffle is half as large.
    tagged = (
        posts.where(F.col("text").contains("#") | F.col("text").contains("＃"))
        .select(
            "id",
            F.date_trunc("hour", "created_at").alias("hour"),
            F.array_distinct(
                F.transform(F.regexp_extract_all("text", F.lit(RULE), F.lit(1)), lambda tag: F.lower(tag))
            ).alias("tags"),
        )
        .where(F.size("tags") > 0)
        .dropDuplicates(["id"])
    )
    counts = tagged.select("hour", F.explode("tags").alias("key")).groupBy("hour", "key").count()
    ranked = Window.partitionBy("hour").orderBy(F.desc("count"), F.asc("key"))
    top = (
        counts.withColumn("rank", F.row_number().over(ranked))
        .where(F.col("rank") <= TOP)
        .orderBy("hour", "rank")
        .select(F.date_format("hour", "yyyy-MM-dd'T'HH").alias("hour"), "rank", "key", "count")
    )
    return [tuple(row) for row in top.collect()]


def main():
    began = time.perf_counter()
    options = arguments()
    spark = start(options)
    startup = time.perf_counter() - began
    jobs, rows = [], []
    for _ in range(options.jobs):
        job = time.perf_counter()
        rows = top_of_hours(spark, options.root)
        jobs.append(round(time.perf_counter() - job, 3))
    with open(options.out, "w", encoding="utf-8") as out:
        for row in rows:
            out.write("\t".join(map(str, row)) + "\n")
    print(json.dumps({"spark": spark.version, "startup": round(startup, 3), "jobs": jobs, "rows": len(rows)}))
    spark.stop()


main()
