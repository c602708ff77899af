"""fastavro_ledger.py FOLDER GRACE_MS: an independent account of a lake, a JSON object an hour, in time order.

FOLDER is a copy of a stream's folder: records/YYYY/MM/DD/HH/*.avro and commits/<partition>/<from>.json. Shares no code with
Tendance: fastavro reads the records, the rest is file names and JSON.
"""
import calendar
import glob
import json
import os
import sys
import time

import fastavro

folder, grace_ms = sys.argv[1], int(sys.argv[2])

committed_at = {}
for path in glob.glob(os.path.join(folder, "commits", "*", "*.json")):
    with open(path) as file:
        entry = json.load(file)
    for each in entry["files"]:
        committed_at[each["hour"], each["name"]] = entry["committedAt"]

for directory in sorted(glob.glob(os.path.join(folder, "records", "*", "*", "*", "*"))):
    hour = "{}-{}-{}T{}".format(*directory.split(os.sep)[-4:])
    end_ms = (calendar.timegm(time.strptime(hour, "%Y-%m-%dT%H")) + 3600) * 1000
    names = sorted(name for name in os.listdir(directory) if name.endswith(".avro"))
    aside = [name for name in os.listdir(directory) if name.endswith(".quarantined")]
    ids, partitions, records, late, arrivals = set(), {}, 0, 0, []
    for name in names:
        partition, first, behind = (int(part) for part in name[: -len(".avro")].split("-"))
        with open(os.path.join(directory, name), "rb") as file:
            found = [record["id"] for record in fastavro.reader(file)]
        ids.update(found)
        records += len(found)
        at = committed_at[hour, name]
        arrivals.append(at)
        late += len(found) if at > end_ms + grace_ms else 0
        account = partitions.setdefault(partition, {"partition": partition, "from": first, "to": behind, "records": 0})
        account["from"], account["to"] = min(account["from"], first), max(account["to"], behind)
        account["records"] += len(found)
    quarantined = 0
    for name in aside:
        with open(os.path.join(directory, name), "rb") as file:
            quarantined += sum(1 for _ in fastavro.reader(file))
    account = {
        "hour": hour,
        "archived": {
            "records": records,
            "bytes": sum(os.path.getsize(os.path.join(directory, name)) for name in names),
            "files": len(names),
            "partitions": [partitions[partition] for partition in sorted(partitions)],
            "firstArrivedAt": min(arrivals, default=None),
            "lastArrivedAt": max(arrivals, default=None),
            "late": late,
            "lost": 0,
        },
        "counted": len(ids),
        "copies": records - len(ids),
        "quarantined": {"files": len(aside), "records": quarantined},
    }
    print(json.dumps(account))
