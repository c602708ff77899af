/**
 * What people write, and the wall clock that they mean. `t` is now on the wall of the person's zone, as if it were UTC; each
 * expectation is plain arithmetic on it. A refusal lists what is offered instead, where something is.
 */
const H = 3_600_000
const D = 24 * H

export type Meaning = (t: number) => number
type Phrase = readonly [text: string, meaning: Meaning]

const midnight = (t: number) => Math.floor(t / D) * D
/** Days back, clock time in hours. */
const back =
  (days: number, hours = 0): Meaning =>
  (t) =>
    midnight(t) - days * D + hours * H
/** Thursday was 1970-01-01. 0: Sunday. */
const weekdayOfDay = (t: number) => (Math.floor(t / D) + 4) % 7
/** The last such day at that time that has been. */
const latest =
  (weekday: number, hours = 0): Meaning =>
  (t) => {
    const day = midnight(t) - ((weekdayOfDay(t) - weekday + 7) % 7) * D + hours * H
    return day <= t ? day : day - 7 * D
  }
/** Never today. */
const last =
  (weekday: number, hours = 0): Meaning =>
  (t) =>
    midnight(t) - ((weekdayOfDay(t) - weekday + 7) % 7 || 7) * D + hours * H
/** Of this year, or of the one before where that is still to come. */
const dateOf =
  (month: number, day: number, hours = 0): Meaning =>
  (t) => {
    const year = new Date(t).getUTCFullYear()
    const thisYear = Date.UTC(year, month - 1, day) + hours * H
    return thisYear <= t ? thisYear : Date.UTC(year - 1, month - 1, day) + hours * H
  }
const fixed =
  (iso: string): Meaning =>
  () =>
    Date.parse(`${iso}:00Z`)
const clock =
  (hours: number): Meaning =>
  (t) => {
    const today = midnight(t) + hours * H
    return today <= t ? today : today - D
  }

/** The days back keep the clock on the wall. */
export const PHRASES: readonly Phrase[] = [
  ['now', (t) => t],
  ['Maintenant', (t) => t],
  ['1 day ago', (t) => t - D],
  ['2 days ago', (t) => t - 2 * D],
  ['a day ago', (t) => t - D],
  ['1 week ago', (t) => t - 7 * D],
  ['2 weeks ago', (t) => t - 14 * D],
  ['one week ago', (t) => t - 7 * D],
  ['7d', (t) => t - 7 * D],
  ['7d ago', (t) => t - 7 * D],
  ['2w', (t) => t - 14 * D],
  ['3 j ago', (t) => t - 3 * D],
  ['il y a 1 jour', (t) => t - D],
  ['il y a 2 jours', (t) => t - 2 * D],
  ['il y a une semaine', (t) => t - 7 * D],
  ['il y a 3 semaines', (t) => t - 21 * D],
  ['today', back(0)],
  ['today 0h', back(0)],
  ['yesterday', back(1)],
  ['yesterday 14h', back(1, 14)],
  ['yesterday 14h30', back(1, 14.5)],
  ['yesterday at 14:30', back(1, 14.5)],
  ['yesterday 7pm', back(1, 19)],
  ['yesterday at 7 pm', back(1, 19)],
  ['yesterday 7am', back(1, 7)],
  ['yesterday noon', back(1, 12)],
  ['yesterday at noon', back(1, 12)],
  ['yesterday midnight', back(1, 0)],
  ['Yesterday 23h', back(1, 23)],
  ['YESTERDAY 0h', back(1)],
  ['hier', back(1)],
  ['hier 14h', back(1, 14)],
  ['hier à 14h', back(1, 14)],
  ['hier à 14h30', back(1, 14.5)],
  ['hier 19:00', back(1, 19)],
  ['hier midi', back(1, 12)],
  ['hier à midi', back(1, 12)],
  ['hier à minuit', back(1, 0)],
  ['aujourd’hui', back(0)],
  ["aujourd'hui", back(0)],
  ['aujourd’hui 0h', back(0)],
  ['avant-hier', back(2)],
  ['avant-hier 7h', back(2, 7)],
  ['avant hier 7h', back(2, 7)],
  ['avant-hier à 7h', back(2, 7)],
  ['avant-hier à midi', back(2, 12)],
  ['day before yesterday', back(2)],
  ['the day before yesterday', back(2)],
  ['the day before yesterday 7h', back(2, 7)],
  ['day before yesterday at 7:00', back(2, 7)],
  ['2 days ago at 7:00', back(2, 7)],
  ['3 days ago 7h', back(3, 7)],
  ['il y a 3 jours à 7h', back(3, 7)],
  ['monday', latest(1)],
  ['monday 7h', latest(1, 7)],
  ['monday 7:00', latest(1, 7)],
  ['Monday at 7am', latest(1, 7)],
  ['mon 7h', latest(1, 7)],
  ['tuesday 7h', latest(2, 7)],
  ['wednesday 7h', latest(3, 7)],
  ['thursday 7h', latest(4, 7)],
  ['friday 7h', latest(5, 7)],
  ['saturday 7h', latest(6, 7)],
  ['sunday 7h', latest(0, 7)],
  ['sunday noon', latest(0, 12)],
  ['sunday midnight', latest(0)],
  ['lundi', latest(1)],
  ['lundi 7h', latest(1, 7)],
  ['lundi à 7h', latest(1, 7)],
  ['lundi à 7h30', latest(1, 7.5)],
  ['mardi 7h', latest(2, 7)],
  ['mercredi 7h', latest(3, 7)],
  ['jeudi 7h', latest(4, 7)],
  ['vendredi 7h', latest(5, 7)],
  ['samedi 7h', latest(6, 7)],
  ['dimanche 7h', latest(0, 7)],
  ['dimanche midi', latest(0, 12)],
  ['last monday', last(1)],
  ['last monday 7h', last(1, 7)],
  ['last monday 7:00', last(1, 7)],
  ['Last Monday at 7am', last(1, 7)],
  ['last monday at 7 am', last(1, 7)],
  ['last  monday   7h', last(1, 7)],
  ['last tuesday 7h', last(2, 7)],
  ['last wednesday 7h', last(3, 7)],
  ['last thursday 7h', last(4, 7)],
  ['last friday 7h', last(5, 7)],
  ['last saturday 7h', last(6, 7)],
  ['last sunday 7h', last(0, 7)],
  ['past friday 7h', last(5, 7)],
  ['lundi dernier', last(1)],
  ['lundi dernier 7h', last(1, 7)],
  ['lundi dernier à 7h', last(1, 7)],
  ['le lundi dernier à 7h', last(1, 7)],
  ['Lundi Dernier 7h', last(1, 7)],
  ['lundi passé 7h', last(1, 7)],
  ['mardi dernier 7h', last(2, 7)],
  ['mercredi dernier 7h', last(3, 7)],
  ['jeudi dernier 7h', last(4, 7)],
  ['vendredi dernier 7h', last(5, 7)],
  ['samedi dernier 7h', last(6, 7)],
  ['dimanche dernier 7h', last(0, 7)],
  ['0:00', clock(0)],
  ['7:00', clock(7)],
  ['7am', clock(7)],
  ['7 pm', clock(19)],
  ['13:00', clock(13)],
  ['23:00', clock(23)],
  ['noon', clock(12)],
  ['midi', clock(12)],
  ['midnight', clock(0)],
  ['minuit', clock(0)],
  ['december 24', dateOf(12, 24)],
  ['december 24 7h', dateOf(12, 24, 7)],
  ['24 december 7h', dateOf(12, 24, 7)],
  ['dec 24 7:00', dateOf(12, 24, 7)],
  ['24 décembre 7h', dateOf(12, 24, 7)],
  ['24 décembre à 7h', dateOf(12, 24, 7)],
  ['le 24 décembre à 7h', dateOf(12, 24, 7)],
  ['november 2', dateOf(11, 2)],
  ['2 november 7h', dateOf(11, 2, 7)],
  ['nov 2 7am', dateOf(11, 2, 7)],
  ['2 novembre 7h', dateOf(11, 2, 7)],
  ['1er novembre 7h', dateOf(11, 1, 7)],
  ['le 1er novembre', dateOf(11, 1)],
  ['january 1', dateOf(1, 1)],
  ['1er janvier', dateOf(1, 1)],
  ['1 january 2026', fixed('2026-01-01T00:00')],
  ['january 1 2026 7h', fixed('2026-01-01T07:00')],
  ['24 december 2025 7h', fixed('2025-12-24T07:00')],
  ['24 décembre 2025 à 7h', fixed('2025-12-24T07:00')],
  ['wednesday 24 december 2025 7:00', fixed('2025-12-24T07:00')],
  ['mercredi 24 décembre 2025 7h', fixed('2025-12-24T07:00')],
  ['24/12/2025', fixed('2025-12-24T00:00')],
  ['24/12/2025 7:00', fixed('2025-12-24T07:00')],
  ['24/12/2025 7h', fixed('2025-12-24T07:00')],
  ['24/12/2025 à 7h', fixed('2025-12-24T07:00')],
  ['12/24/2025 7h', fixed('2025-12-24T07:00')],
  ['01/01/2026 7h', fixed('2026-01-01T07:00')],
  ['24.12.2025', fixed('2025-12-24T00:00')],
  ['01.02.2026 7h', fixed('2026-02-01T07:00')],
  ['01-02-2026', fixed('2026-02-01T00:00')],
  ['2025-12-24', fixed('2025-12-24T00:00')],
  ['2025-12-24T07', fixed('2025-12-24T07:00')],
  ['2025-12-24 07', fixed('2025-12-24T07:00')],
  ['2025-12-24T07:30', fixed('2025-12-24T07:30')],
  ['2025-12-24 07:30', fixed('2025-12-24T07:30')],
  ['2025-12-24t07:30', fixed('2025-12-24T07:30')],
  ['2025-12-24T0730', fixed('2025-12-24T07:30')],
]

/** Instants, whatever the zone. */
export const INSTANTS: readonly (readonly [text: string, meaning: (now: number) => number])[] = [
  ['1 hour ago', (now) => now - H],
  ['an hour ago', (now) => now - H],
  ['2 hours ago', (now) => now - 2 * H],
  ['3h ago', (now) => now - 3 * H],
  ['3h', (now) => now - 3 * H],
  ['24h ago', (now) => now - 24 * H],
  ['24h', (now) => now - 24 * H],
  ['90m', (now) => now - 1.5 * H],
  ['90 minutes ago', (now) => now - 1.5 * H],
  ['30 min ago', (now) => now - 0.5 * H],
  ['il y a 1 heure', (now) => now - H],
  ['il y a une heure', (now) => now - H],
  ['il y a 2 heures', (now) => now - 2 * H],
  ['il y a 24h', (now) => now - 24 * H],
  ['il y a 30 minutes', (now) => now - 0.5 * H],
  ['2025-12-24T07Z', () => Date.UTC(2025, 11, 24, 7)],
  ['2025-12-24T07z', () => Date.UTC(2025, 11, 24, 7)],
  ['2025-12-24T07:00:00Z', () => Date.UTC(2025, 11, 24, 7)],
  ['2025-12-24 07:00:00+00:00', () => Date.UTC(2025, 11, 24, 7)],
  ['2025-12-24T07:00+02:00', () => Date.UTC(2025, 11, 24, 5)],
  ['2025-12-24T07:00+02', () => Date.UTC(2025, 11, 24, 5)],
  ['2025-12-24T07:00:00,500Z', () => Date.UTC(2025, 11, 24, 7) + 500],
  ['2025-12-24T07:00:00.123456Z', () => Date.UTC(2025, 11, 24, 7) + 123],
  ['24 december 2025 07:00 UTC', () => Date.UTC(2025, 11, 24, 7)],
]

/** Refused, at every clock and in every zone; what is offered instead holds these words. */
export const REFUSED: readonly (readonly [text: string, offered: string])[] = [
  ['', 'last monday 7h'],
  ['bananas', 'last monday 7h'],
  ['last monday 7 bananas', 'last monday 7h'],
  ['lundi dernier 7h et quelques', 'last monday 7h'],
  ['2026-13-01T00', 'last monday 7h'],
  ['2025-02-30', 'last monday 7h'],
  ['last night', 'yesterday 22:00'],
  ['yesterday evening', 'yesterday 18:00'],
  ['yesterday morning', 'yesterday 6:00'],
  ['hier soir', 'hier 18:00'],
  ['hier matin', 'hier 6:00'],
  ['this morning', 'today 6:00'],
  ['tonight', 'today'],
  ['ce matin', "aujourd'hui 6:00"],
  ['last monday morning', 'last monday 6:00'],
  ['lundi matin', 'lundi 6:00'],
  ['monday afternoon', 'monday 12:00'],
  ['lundi après-midi', 'lundi 12:00'],
  ['next monday', 'future'],
  ['next monday 7h', 'future'],
  ['lundi prochain', 'future'],
  ['tomorrow', 'future'],
  ['tomorrow 7h', 'future'],
  ['demain', 'future'],
  ['demain 7h', 'future'],
  ['2999-01-01', 'future'],
  ['january', '2026-01-01'],
  ['janvier', 'last monday 7h'],
  ['last week', '7 days ago'],
  ['this week', '7 days ago'],
  ['la semaine dernière', '7 days ago'],
  ['last month', '7 days ago'],
  ['last year', '7 days ago'],
  ['last hour', '1 hour ago'],
  ['01/02/2026', '2026-02-01'],
  ['01/02/2026 7h', '2026-01-02 7h'],
  ['tuesday 24 december 2025', '2025-12-24'],
  ['31 november 7h', 'last monday 7h'],
  ['monday 7h to tuesday 7h', 'last monday 7h'],
]
