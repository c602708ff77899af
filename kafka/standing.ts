/** How far topics and groups are, and who is in the groups: all of it in one session with the brokers. */
import kafkajs, { type Admin } from 'kafkajs'
import { committedOf, offsetsOf, type PartitionOffsets, withAdmin } from './admin.ts'
import type { KafkaConnection } from './client.ts'

// kafkajs spreads what it exports into module.exports, where Node does not see it as named exports
const { AssignerProtocol } = kafkajs

export interface StandingQuestion {
  readonly topics: readonly string[]
  readonly groups: readonly { readonly groupId: string; readonly topic: string }[]
}

export interface GroupMember {
  readonly clientId: string
  readonly host: string
  /** Of the group's topic, ascending. */
  readonly partitions: readonly number[]
}

export interface GroupStanding {
  readonly groupId: string
  /** As Kafka says: Stable, Empty, PreparingRebalance, CompletingRebalance, Dead. */
  readonly state: string
  readonly members: readonly GroupMember[]
  /** Only partitions that have a commit. */
  readonly committed: ReadonlyMap<number, number>
}

export interface KafkaStanding {
  /** By name; a topic that is not there is not in it. */
  readonly topics: ReadonlyMap<string, ReadonlyMap<number, PartitionOffsets>>
  readonly groups: readonly GroupStanding[]
}

/** @throws AppError `unavailable` when Kafka does not answer */
export function fetchStanding(connection: KafkaConnection, question: StandingQuestion): Promise<KafkaStanding> {
  return withAdmin(connection, 'how far topics and groups are', async (admin) => {
    const existing = new Set(await admin.listTopics())
    const topics = question.topics.filter((topic) => existing.has(topic))
    return {
      topics: new Map(await Promise.all(topics.map(async (topic) => [topic, await offsetsOf(admin, topic)] as const))),
      groups: await groupsOf(
        admin,
        question.groups.filter(({ topic }) => existing.has(topic)),
      ),
    }
  })
}

async function groupsOf(admin: Admin, wanted: StandingQuestion['groups']): Promise<readonly GroupStanding[]> {
  if (wanted.length === 0) return []
  const described = (await admin.describeGroups(wanted.map(({ groupId }) => groupId))).groups
  return Promise.all(
    wanted.map(async ({ groupId, topic }) => {
      const group = described.find((one) => one.groupId === groupId)
      return {
        groupId,
        state: group?.state || 'Dead',
        members: (group?.members ?? []).map(({ clientId, clientHost, memberAssignment }) => ({
          clientId,
          host: clientHost.replace(/^\//, ''),
          partitions: assignedOf(memberAssignment, topic),
        })),
        committed: await committedOf(admin, groupId, topic),
      }
    }),
  )
}

/** A member that has just joined has no assignment yet. */
function assignedOf(assignment: Buffer, topic: string): readonly number[] {
  if (assignment.length === 0) return []
  const decoded = AssignerProtocol.MemberAssignment.decode(assignment)
  return (decoded?.assignment[topic] ?? []).toSorted((a, b) => a - b)
}
