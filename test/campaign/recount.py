"""Reads Kafka and the lake with programs that know nothing of Tendance: librdkafka, and fastavro over WebHDFS.

recount.py kafka BROKERS TOPIC OUT          a JSON array a line: [partition, offset, key, time of the message in ms]
recount.py lake URL USER RECORDS_DIR OUT    a JSON array a line: [hour directory, file, id, created_at in ms]
"""
import io
import json
import sys
import urllib.parse
import urllib.request


def kafka(brokers, topic, out):
    from confluent_kafka import Consumer, KafkaError, TopicPartition

    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": "recount",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    })
    partitions = consumer.list_topics(topic, 30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    open_partitions = set(partitions)
    while open_partitions:
        message = consumer.poll(60)
        assert message is not None, f"Kafka is silent, and {open_partitions} have not been read to their ends"
        if message.error():
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            open_partitions.discard(message.partition())
            continue
        _, at = message.timestamp()
        print(json.dumps([message.partition(), message.offset(), message.key().decode(), at]), file=out)
    consumer.close()


def lake(url, user, records, out):
    import fastavro

    def ask(path, operation):
        query = urllib.parse.urlencode({"op": operation, "user.name": user})
        return urllib.request.urlopen(f"{url}/webhdfs/v1{urllib.parse.quote(path)}?{query}", timeout=120)

    def walk(directory):
        for status in json.load(ask(directory, "LISTSTATUS"))["FileStatuses"]["FileStatus"]:
            path = f"{directory}/{status['pathSuffix']}"
            if status["type"] == "DIRECTORY":
                yield from walk(path)
            elif path.endswith(".avro"):
                yield path

    for path in walk(records):
        directory, name = path[len(records) + 1:].rsplit("/", 1)
        for record in fastavro.reader(io.BytesIO(ask(path, "OPEN").read())):
            at = record["created_at"]
            ms = at if isinstance(at, int) else round(at.timestamp() * 1000)
            print(json.dumps([directory, name, record["id"], ms]), file=out)


if __name__ == "__main__":
    with open(sys.argv[-1], "w") as output:
        {"kafka": kafka, "lake": lake}[sys.argv[1]](*sys.argv[2:-1], output)
