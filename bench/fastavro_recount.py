#!/usr/bin/env python3
"""An independent recount of a lake: fastavro reads, Python counts. Shares no code and no rule table with Tendance.

    fastavro_recount.py FOLDER OUT.tsv [--processes 2] [--top 10]

FOLDER holds record files (*.avro, any depth), as copied from the lake. Written is one line 'hour TAB rank TAB key TAB count'
for each row. Copies of a record (same id) count once, a tag counts once a record, ties rank by code point. The key is NFKC and
case-folded. The rule is a simple one: # or ＃, not behind a letter, mark (but an emoji's), digit, '_', '&' or '/', then letters, marks, digits and
'_', at least one of them a letter. Printed last is JSON: records, copies, seconds.
"""
import argparse
import glob
import json
import multiprocessing
import os
import re
import time
import unicodedata
from collections import Counter, defaultdict

import fastavro

SIGN = re.compile("[#＃]")


def is_word(character):
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def may_precede(character):
    # The variation selectors end an emoji and are marks: a tag may follow an emoji.
    return character in "\ufe0e\ufe0f" or not (is_word(character) or character in "&/")


def tags_of(text):
    keys = set()
    for sign in SIGN.finditer(text):
        at = sign.start()
        if at > 0 and not may_precede(text[at - 1]):
            continue
        end = at + 1
        while end < len(text) and is_word(text[end]):
            end += 1
        word = text[at + 1 : end]
        if any(unicodedata.category(character)[0] == "L" for character in word):
            keys.add(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold()))
    return keys


def hour_of(created_at):
    seconds = created_at / 1000 if isinstance(created_at, int) else created_at.timestamp()
    return time.strftime("%Y-%m-%dT%H", time.gmtime(seconds))


def count_partition(paths):
    """Files of one hour and partition: copies of a record are among them or nowhere."""
    ids, counts, records = set(), defaultdict(Counter), 0
    for path in paths:
        with open(path, "rb") as file:
            for record in fastavro.reader(file):
                records += 1
                if record["id"] in ids:
                    continue
                ids.add(record["id"])
                counts[hour_of(record["created_at"])].update(tags_of(record["text"]))
    return records, len(ids), dict(counts)


def partition_of(path):
    return os.path.dirname(path), os.path.basename(path).split("-")[0]


def main():
    began = time.perf_counter()
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--top", type=int, default=10)
    options = parser.parse_args()

    units = defaultdict(list)
    for path in sorted(glob.glob(os.path.join(options.folder, "**", "*.avro"), recursive=True)):
        units[partition_of(path)].append(path)
    records, distinct, hours = 0, 0, defaultdict(Counter)
    with multiprocessing.Pool(options.processes) as pool:
        for read, different, counts in pool.imap_unordered(count_partition, units.values()):
            records += read
            distinct += different
            for hour, counter in counts.items():
                hours[hour].update(counter)
    with open(options.out, "w", encoding="utf-8") as out:
        for hour in sorted(hours):
            ranked = sorted(hours[hour].items(), key=lambda item: (-item[1], item[0]))
            for rank, (key, count) in enumerate(ranked[: options.top], 1):
                out.write(f"{hour}\t{rank}\t{key}\t{count}\n")
    seconds = round(time.perf_counter() - began, 3)
    print(json.dumps({"records": distinct, "copies": records - distinct, "seconds": seconds}))


if __name__ == "__main__":
    main()
