import { describe, expect, it } from 'vitest'
import { cookieOf, readPreferences } from '../../../web/page/state/preferences.ts'

const NOTHING = { query: {}, cookie: undefined, languages: undefined }

describe('how a person wants to see the page', () => {
  it('is said by the address, then by the cookie, then by the browser', () => {
    const cookie = `other=1; ${cookieOf({ lang: 'fr', zone: 'Asia/Tokyo', theme: 'dark', isZoneAssumed: false }).split(';')[0]}`
    expect(readPreferences({ ...NOTHING, cookie })).toEqual({
      lang: 'fr',
      zone: 'Asia/Tokyo',
      theme: 'dark',
      isZoneAssumed: false,
    })
    expect(readPreferences({ ...NOTHING, cookie, query: { lang: 'en', tz: 'UTC' } })).toMatchObject({
      lang: 'en',
      zone: 'UTC',
      theme: 'dark',
    })
    expect(readPreferences({ ...NOTHING, languages: 'de, fr-CH;q=0.8, en;q=0.5' }).lang).toBe('fr')
    expect(readPreferences({ ...NOTHING, ownZone: 'Europe/Paris' })).toMatchObject({
      zone: 'Europe/Paris',
      isZoneAssumed: true,
    })
  })

  it('is what is usual when it is nonsense', () => {
    const query = { lang: 'xx', tz: 'Nowhere/City', theme: 'pink' }
    expect(readPreferences({ query, cookie: 'tendance=%E0%A4%A', languages: ';;;,q' })).toEqual({
      lang: 'en',
      zone: 'UTC',
      theme: 'auto',
      isZoneAssumed: true,
    })
  })
})
