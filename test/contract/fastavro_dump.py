"""fastavro_dump.py OUT FILE...: writes [id, created_at in ms, text] of each record, a JSON array a line. fastavro knows nothing of us."""
import json
import sys

import fastavro

with open(sys.argv[1], "w") as out:
    for path in sys.argv[2:]:
        with open(path, "rb") as file:
            reader = fastavro.reader(file)
            assert reader.codec == "zstandard", reader.codec
            for record in reader:
                at = record["created_at"]
                ms = at if isinstance(at, int) else round(at.timestamp() * 1000)
                print(json.dumps([record["id"], ms, record["text"]]), file=out)
