/**
 * The languages of synthetic posts: what is said in them, and what their tags are made of.
 *
 * Invariant: every syllable is in NFKC and folded, is made of letters and marks only, and `capital` gives a spelling whose
 * key is the syllable's own. So the key of a tag is known by how it was made, not by asking an extractor (test/model/synthetic
 * holds it against Unicode's own functions).
 */
export interface Language {
  readonly code: string
  /** Relative number of posts. */
  readonly weight: number
  /** Whether its letters have capitals. */
  readonly cased: boolean
  readonly phrases: readonly string[]
  /** What the tags of the long tail are made of; at least 10. No syllable begins another. */
  readonly syllables: readonly string[]
  /** The tags that are always popular, most popular first: as people write them, and the key where it is not simply lower case. */
  readonly tags: readonly (string | readonly [shown: string, key: string])[]
}

export const languages: readonly Language[] = [
  {
    code: 'en',
    weight: 30,
    cased: true,
    phrases: [
      'just watched the whole thing again and',
      'nobody told me that this would be so good',
      'is anyone else awake right now?',
      'we are hiring, ask me anything',
      'the best part is the end, trust me',
      'breaking: trains are late, again',
      'I do not know who needs to hear this but',
      'that was a great match tonight',
      'coffee first, then everything else',
      "it's raining and I forgot my umbrella",
    ],
    syllables: ['ba', 'cor', 'del', 'fin', 'gra', 'hol', 'jun', 'kem', 'lop', 'mir', 'nov', 'pas', 'ros', 'tav', 'wen'],
    tags: ['NowPlaying', 'Job', 'News', 'Hiring', 'Travel', 'Photography', 'MondayMotivation', 'Election2026', 'a11y'],
  },
  {
    code: 'ja',
    weight: 16,
    cased: false,
    phrases: [
      'おはようございます、今日もいい天気ですね',
      '電車が遅れているみたい',
      'この曲が本当に好きです',
      '新しいカフェを見つけました',
      '明日の試合が楽しみ',
      '写真を撮りました',
    ],
    syllables: [
      'さく',
      'ひか',
      'みず',
      'やま',
      'かわ',
      'ゆき',
      'つき',
      'ほし',
      'うみ',
      'そら',
      '東京',
      '祭り',
      'アニメ',
    ],
    tags: ['ニュース', '写真', 'アニメ', '天気', ['ﾊﾛｰ', 'ハロー'], '桜'],
  },
  {
    code: 'es',
    weight: 11,
    cased: true,
    phrases: [
      'no puedo creer lo que acaba de pasar',
      'hoy es un buen día para empezar de nuevo',
      '¿quién viene conmigo mañana?',
      'la mejor canción del año, sin duda',
      'qué partido tan increíble, señoras y señores',
      'estoy esperando el autobús desde hace una hora',
    ],
    syllables: ['ña', 'ción', 'dé', 'gua', 'hé', 'lú', 'món', 'pá', 'rre', 'sí', 'tú', 'vé'],
    tags: ['Música', 'España', 'Fútbol', 'FelizLunes', 'Corazón'],
  },
  {
    code: 'pt',
    weight: 8,
    cased: true,
    phrases: [
      'alguém mais não consegue dormir?',
      'que saudade do verão, gente',
      'amanhã tem prova e eu não estudei nada',
      'esse filme é muito bom, recomendo',
      'bom dia para quem já está de pé',
    ],
    syllables: ['bão', 'cê', 'dô', 'fô', 'gã', 'jú', 'lhã', 'mõe', 'nhô', 'pê', 'quê', 'zã'],
    tags: ['SãoPaulo', 'Notícias', 'BomDia', 'Eleições', 'AvançaBrasil'],
  },
  {
    code: 'fr',
    weight: 6,
    cased: true,
    phrases: [
      'quelle journée, je suis épuisé',
      'le train est encore en retard ce matin',
      'un café, et ça repart',
      'magnifique soirée à l’opéra',
      'qui a regardé le match hier soir ?',
    ],
    syllables: ['bré', 'çoi', 'dè', 'fê', 'gné', 'jœ', 'lû', 'mî', 'né', 'prô', 'vù', 'zé'],
    tags: ['Météo', 'Élections', 'Rugby', 'ÇaCommence', 'Noël'],
  },
  {
    code: 'de',
    weight: 4,
    cased: true,
    phrases: [
      'schon wieder Stau auf der Autobahn',
      'heute gibt es Kuchen im Büro',
      'endlich Wochenende, endlich schlafen',
      'wer geht morgen mit ins Stadion?',
    ],
    syllables: ['bä', 'dör', 'flü', 'grö', 'hüt', 'kä', 'lö', 'mün', 'prä', 'rü', 'schö', 'tü'],
    tags: ['Tatort', ['Straße', 'strasse'], ['Fußball', 'fussball']],
  },
  {
    code: 'ru',
    weight: 6,
    cased: true,
    phrases: [
      'сегодня очень холодно, но красиво',
      'кто смотрел матч вчера вечером?',
      'доброе утро всем, кто уже проснулся',
      'новый альбом просто отличный',
    ],
    syllables: ['бо', 'вер', 'гра', 'дом', 'жи', 'зи', 'ка', 'лёд', 'мир', 'но', 'при', 'рус', 'сне'],
    tags: ['Новости', 'Москва', 'Хоккей', 'ДоброеУтро', 'Музыка'],
  },
  {
    code: 'el',
    weight: 1,
    cased: true,
    phrases: ['καλημέρα σε όλους', 'τι ωραία μέρα σήμερα', 'πάμε για καφέ στη θάλασσα'],
    syllables: ['βα', 'γε', 'δη', 'ζω', 'θα', 'κο', 'λυ', 'μη', 'νε', 'πα', 'ρο', 'τι'],
    tags: [
      ['Ειδήσεις', 'ειδήσεισ'],
      ['Κόσμος', 'κόσμοσ'],
    ],
  },
  {
    code: 'ar',
    weight: 7,
    cased: false,
    phrases: ['صباح الخير يا أصدقاء', 'مباراة رائعة هذا المساء', 'من يعرف أين أجد هذا الكتاب؟', 'الجو جميل جدا اليوم'],
    syllables: ['بحر', 'تمر', 'جمل', 'حلم', 'درب', 'ريح', 'زهر', 'سلم', 'شمس', 'صبح', 'قمر', 'نور'],
    tags: ['أخبار', 'الهلال', 'رمضان', 'صباح_الخير'],
  },
  {
    code: 'hi',
    weight: 4,
    cased: false,
    phrases: ['आज का मैच बहुत अच्छा था', 'सुप्रभात दोस्तों', 'मौसम कितना सुहाना है', 'यह गाना मुझे बहुत पसंद है'],
    syllables: ['कि', 'खे', 'गा', 'चौ', 'जी', 'तु', 'दे', 'नि', 'पू', 'मा', 'रो', 'हिं'],
    tags: ['क्रिकेट', 'हिन्दी', 'दिल्ली', 'सुप्रभात'],
  },
  {
    code: 'ko',
    weight: 4,
    cased: false,
    phrases: ['오늘 날씨가 정말 좋아요', '새 노래를 듣고 있어요', '커피 한 잔 하실래요?', '내일 경기가 기대됩니다'],
    syllables: ['가람', '나래', '다솜', '라온', '마루', '바다', '사랑', '아침', '자연', '하늘', '달빛', '봄날'],
    tags: ['뉴스', '방탄소년단', '날씨', '사진'],
  },
  {
    code: 'th',
    weight: 3,
    cased: false,
    phrases: ['วันนี้อากาศดีมาก', 'เพลงนี้เพราะมากจริงๆ', 'ใครดูบอลเมื่อคืนบ้าง', 'รถติดอีกแล้ว'],
    syllables: ['กิน', 'ขวัญ', 'คืน', 'ใจดี', 'ชื่น', 'ดาว', 'ต้น', 'เที่ยว', 'นก', 'บ้าน', 'ฝน', 'รัก'],
    tags: ['ข่าว', 'เพลง', 'ฟุตบอล', 'กรุงเทพ'],
  },
]
