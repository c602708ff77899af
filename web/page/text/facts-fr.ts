/** Ce que le serveur dit par des faits, en français. */
import type { ArchiveLag } from '../../../model/ledger-problems.ts'
import type { DamageKind } from '../../../model/verify.ts'
import type { Writing } from '../../../model/wording.ts'
import type { FactsText } from './facts.ts'
import { plural } from './french.ts'

const services = { MongoDB: 'MongoDB', Kafka: 'Kafka', Temporal: 'Temporal', Lake: 'le lac' } as const

const WITHOUT = {
  MongoDB: 'les réponses sont celles que l’on connaissait déjà',
  Kafka: 'plus rien n’est reçu, archivé ni compté en direct',
  Temporal: 'aucune heure n’est close ni calculée, rien ne peut être recalculé ni publié',
  Lake: 'rien n’est archivé ni calculé, et les périodes ne peuvent pas être prouvées',
} as const

const LOOK =
  '« tendance schedule show » dit si le travail horaire est actif, « tendance workers status » si un processus de calcul tourne ; « tendance hourly » le lance tout de suite'
const ARCHIVE =
  '« tendance workers status » dit si un processus d’archivage tourne, « tendance doctor » si Kafka et HDFS répondent'
const BATCH =
  '« tendance workers status » dit si un processus de calcul tourne ; « tendance hourly » lance le calcul tout de suite, ou dit pourquoi il est impossible'
const BUG = 'c’est un bogue : comparez avec « tendance hours --hour », et recalculez l’heure dans une nouvelle édition'

/** `1 message`, `1 200 messages` */
const messages = (n: number, { count }: Writing, adjectives: readonly [one: string, many: string] = ['', '']) =>
  `${count(n)} ${plural(n, `message${adjectives[0]}`, `messages${adjectives[1]}`)}`

/** `2, 3 et 5` */
const listed = (numbers: readonly number[]) => new Intl.ListFormat('fr').format(numbers.map(String))

function lagWords({ at, lacking }: ArchiveLag, writing: Writing): string {
  const parts = lacking.map(({ partition, records }) => `${messages(records, writing)} à la partition ${partition}`)
  return `l’archive est en retard : il manquait ${parts.join(', ')} le ${writing.time(at)}`
}

const insteadOfWords = (edition: number | null) => (edition === null ? '' : ` à la place de l’édition ${edition}`)

/** Ce que sont les dommages. */
const damagesFr: Readonly<Record<DamageKind, string>> = {
  'entry-unreadable': 'une entrée du journal est illisible',
  'log-hole': 'le journal a un trou',
  'log-overlap': 'deux entrées du journal couvrent les mêmes positions',
  'log-end-lost': 'la dernière entrée du journal a disparu',
  'beyond-kafka': 'le lac a des positions que Kafka n’a pas',
  'kafka-deleted': 'Kafka a supprimé des positions que le lac n’a pas',
  missing: 'un fichier de messages manque',
  length: 'un fichier de messages n’a pas la bonne longueur',
  quarantined: 'un fichier de messages est mis de côté',
  foreign: 'un fichier n’est d’aucune entrée du journal',
  stray: 'quelque chose dans le lac n’est pas à lui',
  'compaction-lost': 'le journal d’un compactage a disparu',
  'compaction-differs': 'le journal d’un compactage diffère du journal',
  unreadable: 'un fichier est illisible',
  records: 'un fichier n’a pas le bon nombre de messages',
  'wrong-hour': 'un fichier a des messages d’une autre heure',
  'seal-lost': 'une clôture a disparu',
  'seal-differs': 'une clôture diffère du journal',
  'ledger-differs': 'le registre diffère d’une clôture',
  'tally-lost': 'un décompte complet a disparu',
}

export const factsFr: FactsText = {
  titles: {
    unauthorised: 'Le jeton manque, ou n’est pas le bon',
    forbidden: 'Ce n’est pas permis ici',
    'not-found': 'Cela n’existe pas',
    'method-not-allowed': 'Cette adresse demande une autre méthode',
    'not-acceptable': 'Cela ne peut pas être envoyé sous cette forme',
    'too-large': 'La requête est trop volumineuse',
    'unsupported-media-type': 'La requête doit être en JSON',
    misdirected: 'Ce serveur porte un autre nom',
    'too-many-requests': 'Trop de requêtes',
    'bad-input': 'La requête est incorrecte',
    'bad-record': 'Le message est incorrect',
    'bad-config': 'La configuration du serveur est incorrecte',
    corrupt: 'Des données stockées sont altérées',
    exists: 'Cela existe déjà',
    fenced: 'Un autre processus a pris la suite',
    unavailable: 'Un service ne répond pas',
    denied: 'Un service refuse cette opération',
    conflict: 'L’état actuel ne le permet pas',
    cancelled: 'L’opération a été annulée',
    internal: 'Le serveur a échoué',
  },
  services,
  problems: {
    'service-away': ({ service, why }) => ({
      what: `${services[service]} ne répond pas : ${WITHOUT[service]}`,
      todo: `« tendance doctor » dit ce qui manque. En détail : « ${why} »`,
    }),
    'group-away': ({ group, waiting }, writing) => ({
      what: `${group === 'archive' ? 'personne n’archive les messages' : 'personne ne compte en direct'}${
        waiting > 0 ? ` : ${messages(waiting, writing)} en attente` : ''
      }`,
      todo: `démarrez un processus : « tendance work ${group} »`,
    }),
    'group-behind': ({ group, waiting }, writing) => ({
      what: `${group === 'archive' ? 'l’archive' : 'le comptage en direct'} a ${messages(waiting, writing)} de retard`,
      todo: `un processus de plus prendra sa part des partitions : « tendance work ${group} »`,
    }),
    'batch-away': () => ({
      what: 'aucun processus de calcul ne demande de travail : les heures ne sont ni closes ni calculées',
      todo: 'démarrez-en un : « tendance work batch »',
    }),
    'no-schedule': () => ({
      what: 'le travail horaire n’est pas planifié : les heures ne sont calculées que si quelqu’un le demande',
      todo: '« tendance schedule apply » crée la planification',
    }),
    'schedule-paused': ({ why }) => ({
      what: `le travail horaire est en pause${why ? ` : « ${why} »` : ''}`,
      todo: 'relancez-le dans l’interface de Temporal ; d’ici là, « tendance hourly » l’exécute une fois',
    }),
    'dead-letters': ({ reasons, others }) => ({
      what: `des messages n’ont pas été compris durant la dernière heure : ${[
        ...reasons.map((reason) => `« ${reason} »`),
        ...(others ? ['d’autres raisons'] : []),
      ].join(', ')}`,
      todo: '« tendance dead-letters list » les montre ; une fois le code corrigé, « tendance dead-letters replay » les reprend',
    }),
    'never-looked': () => ({ what: 'le travail horaire n’a encore jamais eu lieu', todo: LOOK }),
    'not-looked-since': ({ at }, { time }) => ({
      what: `le travail horaire n’a plus eu lieu depuis le ${time(at)}`,
      todo: LOOK,
    }),
    'seal-refused': ({ why }) => ({
      what: `clôture impossible : « ${why} »`,
      todo: 'remettez le lac en ordre comme indiqué, puis lancez « tendance hourly »',
    }),
    'archive-behind': (lag, writing) => ({
      what: `clôture en attente, car ${lagWords(lag, writing)}`,
      todo: ARCHIVE,
    }),
    'archive-falls-behind': (lag, writing) => ({
      what: `d’autres messages sont en route, car ${lagWords(lag, writing)}`,
      todo: ARCHIVE,
    }),
    'not-sealed': ({ at }, { time }) => ({
      what: `la clôture n’a pas eu lieu, alors que l’archive avait tout reçu le ${time(at)}`,
      todo: '« tendance hourly » l’effectue tout de suite, ou dit pourquoi elle est impossible',
    }),
    'not-computed': () => ({ what: 'la clôture est faite, mais pas le calcul', todo: BATCH }),
    'late-not-computed': () => ({
      what: 'des messages tardifs sont arrivés, qui ne sont pas encore comptés',
      todo: BATCH,
    }),
    'not-computable': ({ why }) => ({
      what: `le calcul a échoué : « ${why} »`,
      todo: 'réparez ce qui est indiqué, puis lancez « tendance hourly »',
    }),
    'records-not-counted': ({ records, of }, writing) => ({
      what: `${messages(records, writing, [' archivé', ' archivés'])} sur ${writing.count(of)} ${plural(records, 'n’est pas compté', 'ne sont pas comptés')}`,
      todo: BUG,
    }),
    'records-beyond': ({ records }, writing) => ({
      what: `on compte ${messages(records, writing)} de plus qu’il n’en est archivé`,
      todo: BUG,
    }),
    'records-lost': ({ records }, writing) => ({
      what: `jusqu’à ${messages(records, writing, [' perdu', ' perdus'])} : Kafka les avait supprimés avant leur archivage`,
      todo: 'augmentez kafka.retentionBytes ; si la source les a encore, ingérez de nouveau cette période : les copies ne comptent qu’une fois',
    }),
    'files-set-aside': ({ records, files, counted }, writing) => ({
      what: `${messages(records, writing, [' mis de côté', ' mis de côté'])}, dans ${writing.count(files)} ${plural(files, 'fichier endommagé', 'fichiers endommagés')}${counted ? ' : comptés auparavant, ils ne peuvent plus l’être' : ', et non comptés'}`,
      todo: '« tendance quarantine list » dit lesquels et pourquoi ; déposez-y une bonne copie, puis lancez « tendance quarantine restore » : le prochain travail horaire la comptera',
    }),
    'files-vanished': ({ records, files, counted }, writing) => ({
      what: `${messages(records, writing, [' disparu', ' disparus'])}, dans ${writing.count(files)} ${plural(files, 'fichier qui n’est plus là', 'fichiers qui ne sont plus là')}${counted ? ' : comptés auparavant, ils ne peuvent plus l’être' : ', et non comptés'}`,
      todo: '« tendance quarantine list » dit lesquels : restaurez-les depuis un instantané, le prochain travail horaire le verra ; ou acceptez la perte avec « tendance accept-loss »',
    }),
    'lake-damaged': ({ damage, path, more, at }, writing) => ({
      what: `${damagesFr[damage]} (${damage}) : ${path}${more > 0 ? `, et ${writing.count(more)} ${plural(more, 'autre', 'autres')}` : ''} (vu à ${writing.time(at)})`,
      todo: '« tendance verify » nomme chaque dommage et la commande qui en décide ; s’il n’en trouve plus, c’est réglé',
    }),
    'no-records': () => ({
      what: 'aucun message, alors qu’il y en a d’habitude',
      todo: 'la source est-elle là, l’ingestion tourne-t-elle ? Ce que la source a encore peut être ingéré après coup : l’heure sera alors corrigée',
    }),
    'few-records': ({ records, usual, weeks }, writing) => ({
      what: `${messages(records, writing)}, contre ${writing.count(usual)} d’habitude à cette heure de la semaine (médiane de ${weeks} semaines)`,
      todo: 'une des sources, ou un processus d’ingestion, est-il absent ? Ce que la source a encore peut être ingéré après coup',
    }),
    'partitions-silent': ({ partitions }) => ({
      what: `${plural(partitions.length, `la partition ${listed(partitions)} n’a`, `les partitions ${listed(partitions)} n’ont`)} aucun message, alors que les autres en ont`,
      todo: `un courtier est peut-être arrêté, ou un producteur oublie ${plural(partitions.length, 'cette partition', 'ces partitions')} : « tendance doctor » montre ce que dit Kafka`,
    }),
    'live-disagrees': ({ board, speedRecords, batchRecords, topDiffers }, writing) => ({
      what: `le comptage en direct de « ${board} » avait ${messages(speedRecords, writing)}, le calcul définitif en a ${writing.count(batchRecords)}${topDiffers > 0 ? ` ; parmi les 10 premiers, ${plural(topDiffers, '1 était différent', `${topDiffers} étaient différents`)}` : ''}`,
      todo:
        speedRecords > batchRecords
          ? 'plus que le calcul définitif : c’est un bogue, ou il manque des messages dans le lac ; comparez avec les messages mis de côté et les messages perdus'
          : 'le processus de comptage était-il absent, ou les messages arrivent-ils au-delà de speed.latenessMs ? Les réponses d’aujourd’hui sont justes : elles viennent du calcul définitif',
    }),
    'clock-off': ({ service, seconds }, { count }) => ({
      what: `l’horloge de la machine de calcul ${seconds > 0 ? 'avance' : 'retarde'} de ${count(Math.abs(seconds))} s sur celle de ${service} : aucune heure n’est close`,
      todo: `réglez-la par NTP, ou corrigez l’horloge de ${service} : sur cette machine, « tendance doctor » les compare ; puis lancez « tendance hourly »`,
    }),
  },
  doubts: {
    'lake-not-asked': () => 'le lac n’a pas été interrogé',
    'full-tallies-unread': ({ why }) => `les comptes complets ne peuvent pas être lus : « ${why} »`,
    'live-counts-cut': () => 'le comptage en direct ne garde que les premiers termes de chaque tranche',
  },
  notes: {
    waiting: ({ why }) => `en attente : « ${why} »`,
    'to-be-decided': ({ edition }) => `comparez-la, puis publiez-la ou refusez-la : « tendance publish ${edition} »`,
    deleting: () => 'annulée : ce qu’elle a calculé est en cours de suppression',
    'files-joined': ({ files, into }, { count }) => `${count(files)} fichiers réunis en ${count(into)}`,
    'not-sealing': ({ why }) => `clôture impossible : « ${why} »`,
    ended: ({ why }) => `motif : « ${why} »`,
  },
  changes: {
    'gone-on-with': () => 'reprise',
    'to-be-decided': () => 'attend une décision',
    published: ({ insteadOf }) => `publiée${insteadOfWords(insteadOf)}`,
    'gone-back-to': ({ insteadOf }) => `remise en ligne${insteadOfWords(insteadOf)}`,
    'replaced-by': ({ edition }) => `l’édition ${edition} a été publiée`,
    'left-for': ({ edition }) => `l’édition ${edition} a été remise en ligne`,
  },
}
