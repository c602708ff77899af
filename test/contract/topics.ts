/** What tests do to topics as an administrator would. */
import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaConnection } from '../../kafka/client.ts'

/** Resolves when no broker knows the topic any more. */
export async function deleteTopic({ kafka }: KafkaConnection, topic: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    await admin.deleteTopics({ topics: [topic] })
    while ((await admin.listTopics()).includes(topic)) await delay(50)
  } finally {
    await admin.disconnect()
  }
}

export async function addPartitions({ kafka }: KafkaConnection, topic: string, count: number): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count }] })
  } finally {
    await admin.disconnect()
  }
}
