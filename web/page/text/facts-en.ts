/** What the server tells as facts, in English: the page’s words, and the API’s. */
import { DOUBT_WORDS } from '../../../model/doubt.ts'
import { CHANGE_WORDS } from '../../../model/edition-change.ts'
import { LEDGER_WORDS } from '../../../model/ledger-words.ts'
import { NOTE_WORDS } from '../../../model/run-note.ts'
import type { FactsText } from './facts.ts'

const services = { MongoDB: 'MongoDB', Kafka: 'Kafka', Temporal: 'Temporal', Lake: 'the lake' } as const

const WITHOUT = {
  MongoDB: 'answers are those that were known before',
  Kafka: 'nothing is taken in, archived or counted live',
  Temporal: 'no hour is sealed or computed, nothing can be recomputed or published',
  Lake: 'nothing is archived or computed, and ranges cannot be proven',
} as const

const DOES = { archive: 'archives posts', speed: 'counts live' } as const

export const factsEn: FactsText = {
  titles: {
    unauthorised: 'The token is missing or wrong',
    forbidden: 'This is not allowed here',
    'not-found': 'There is no such thing',
    'method-not-allowed': 'Another method is right',
    'not-acceptable': 'This cannot be sent in that form',
    'too-large': 'The request is too large',
    'unsupported-media-type': 'JSON is right',
    misdirected: 'This server has another name',
    'too-many-requests': 'Too many requests',
    'bad-input': 'The request is wrong',
    'bad-record': 'The record is wrong',
    'bad-config': 'The server’s configuration is wrong',
    corrupt: 'Stored data is not what it must be',
    exists: 'It is there already',
    fenced: 'Somebody else has gone on',
    unavailable: 'A service does not answer',
    denied: 'A service refuses this',
    conflict: 'The state does not allow it',
    cancelled: 'It was cancelled',
    internal: 'The server failed',
  },
  services,
  problems: {
    ...LEDGER_WORDS,
    'service-away': ({ service, why }) => ({
      what: `${services[service]} does not answer: ${WITHOUT[service]}`,
      todo: why,
    }),
    'group-away': ({ group, waiting }, { count }) => ({
      what: `nobody ${DOES[group]}${waiting > 0 ? `: ${count(waiting)} posts wait` : ''}`,
      todo: `start one: 'tendance work ${group}'`,
    }),
    'group-behind': ({ group, waiting }, { count }) => ({
      what: `${group} is ${count(waiting)} posts behind`,
      todo: `another worker takes a share of the partitions: 'tendance work ${group}'`,
    }),
    'batch-away': () => ({
      what: 'no batch worker asks for work: hours are neither sealed nor computed',
      todo: "start one: 'tendance work batch'",
    }),
    'no-schedule': () => ({
      what: 'there is no hourly schedule: hours are computed only when somebody asks for it',
      todo: "'tendance schedule apply' makes it",
    }),
    'schedule-paused': ({ why }) => ({
      what: `the hourly schedule is paused${why ? `: ${why}` : ''}`,
      todo: "let it go on in the Temporal UI; 'tendance hourly' runs it once meanwhile",
    }),
    'dead-letters': ({ reasons, others }) => ({
      what: `posts could not be understood in the last hour: ${[...reasons, ...(others ? ['other reasons'] : [])].join('; ')}`,
      todo: "'tendance dead-letters list' shows them; with better code, 'tendance dead-letters replay' takes them in",
    }),
  },
  doubts: DOUBT_WORDS,
  notes: NOTE_WORDS,
  changes: CHANGE_WORDS,
}
