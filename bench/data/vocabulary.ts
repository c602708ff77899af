/**
 * The words and hashtags of the bench's posts. Every tag is letters of one script and then digits, so every sound rule for
 * hashtags (ours, twitter-text's, Spark's regex) finds the same tags: a bench compares speed, and rules are compared elsewhere.
 *
 * Invariant: tag `rank` is the same text for ever (results of different days measure the same data); no two ranks share a key.
 */

const SCRIPTS: readonly (readonly string[])[] = [
  ['news', 'music', 'football', 'election', 'coffee', 'paris', 'climate', 'gaming', 'travel', 'cinema'],
  ['été', 'münchen', 'ação', 'españa', 'façade', 'köln', 'naïve', 'żubr', 'čaj', 'øl'],
  ['новости', 'музыка', 'футбол', 'выборы', 'погода'],
  ['أخبار', 'موسيقى', 'الرياض', 'قهوة'],
  ['समाचार', 'संगीत', 'दिल्ली'],
  ['ニュース', '音楽', 'サッカー', '東京'],
  ['뉴스', '음악', '서울'],
  ['ข่าว', 'ดนตรี'],
]
/** Of 16 neighbouring ranks, which script each takes: half plain Latin, the rest spread over the others. */
const SCRIPT_OF_RANK = [0, 0, 1, 0, 2, 0, 3, 0, 5, 0, 4, 0, 6, 0, 7, 1] as const

/** The key of a tag: what a right count lists it as. */
export function tagKey(rank: number): string {
  const stems = SCRIPTS[SCRIPT_OF_RANK[rank % 16]!]!
  return `${stems[(rank >>> 4) % stems.length]!}${rank}`
}

/** How people write it: one post in eight begins with a capital, where the script has capitals. */
export function tagSpellings(rank: number): readonly [string, string] {
  const plain = tagKey(rank)
  return [plain, `${plain[0]!.toUpperCase()}${plain.slice(1)}`]
}

const SYLLABLES =
  'ba be bi bo da de di do fa ka ke ki la le lo ma me mi mo na ne no pa pe ra re ri ro sa se ta te to va'.split(' ')

/** Plain words between the tags; the first ones are common, as in any language. */
export function words(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    let word = ''
    for (let n = i + 1; n > 0; n = Math.floor(n / SYLLABLES.length)) word += SYLLABLES[n % SYLLABLES.length]
    return i % 29 === 7 ? `${word}é` : i % 37 === 11 ? `${word} \u{1f600}` : word
  })
}
