import { describe, expect, it } from 'vitest'
import { AppError } from '../../model/errors.ts'
import { type Asking, createKnown } from '../../web/read/known.ts'

const away = () => new AppError('unavailable', 'MongoDB is away')

/** What answers, how often it was asked, and a clock. */
function place(options: { readonly bytesMax?: number } = {}) {
  let now = 1_000_000
  const state = { value: 'a', stamp: null as string | null, isAway: false, loads: 0, stamps: 0 }
  const known = createKnown({ clock: () => now, freshMs: 500, restMs: 1_000, ...options })
  const asking = (key = 'k', more: Partial<Asking> = {}): Asking => ({
    key,
    of: 'views',
    stamp: async () => {
      state.stamps++
      if (state.isAway) throw away()
      return state.stamp
    },
    load: async () => {
      state.loads++
      if (state.isAway) throw away()
      return { response: { value: state.value, stale: null }, stamp: state.stamp }
    },
    ...more,
  })
  const ask = async (key?: string, more?: Partial<Asking>) => {
    const reply = await known.ask(asking(key, more))
    return { ...reply, value: JSON.parse(reply.text).value as string, said: JSON.parse(reply.text).stale }
  }
  return { state, known, ask, pass: (ms: number) => (now += ms), at: () => now }
}

describe('an answer that is known', () => {
  it('is given again without asking while it is fresh, and asked again afterwards', async () => {
    const { state, ask, pass } = place()
    expect((await ask()).value).toBe('a')
    state.value = 'b'
    pass(499)
    expect((await ask()).value).toBe('a')
    pass(1)
    expect((await ask()).value).toBe('b')
    expect(state.loads).toBe(2)
  })

  it('is asked once by many at the same time', async () => {
    const { state, ask } = place()
    await Promise.all(Array.from({ length: 20 }, () => ask()))
    expect(state.loads).toBe(1)
  })

  it('is not made again while its stamp is the same, and is when it changes', async () => {
    const { state, ask, pass } = place()
    state.stamp = 's1'
    const first = await ask()
    pass(10_000)
    expect((await ask()).tag).toBe(first.tag)
    expect(state).toMatchObject({ loads: 1, stamps: 1 })
    state.stamp = 's2'
    state.value = 'b'
    pass(10_000)
    expect(await ask()).toMatchObject({ value: 'b', tag: 's2' })
    expect(state.loads).toBe(2)
  })

  it('is made again each time without a stamp: nothing says that it is the same', async () => {
    const { state, ask, pass } = place()
    await ask()
    pass(10_000)
    await ask()
    expect(state.loads).toBe(2)
  })

  it('is asked for once and for all when it is permanent', async () => {
    const { state, ask, pass, known } = place()
    await ask('k', { permanent: true })
    pass(1e9)
    known.expire()
    await ask('k', { permanent: true })
    expect(state.loads).toBe(1)
  })

  it('is asked again after somebody has changed something, also when its reading began before', async () => {
    const { state, ask, known } = place()
    await ask()
    state.value = 'b'
    expect((await ask()).value).toBe('a')
    known.expire()
    expect((await ask()).value).toBe('b')

    const gate = Promise.withResolvers<void>()
    const slow = ask('slow', {
      stamp: async () => null,
      load: async () => {
        await gate.promise
        return { response: { value: 'before', stale: null } as { stale: null } }
      },
    })
    known.expire()
    gate.resolve()
    expect((await slow).value).toBe('before')
    expect((await ask('slow')).value).toBe('b')
  })
})

describe('a store that is away', () => {
  it('leaves what was known, and since when; it is fresh again when the store is back', async () => {
    const { state, ask, pass, at } = place()
    const first = await ask()
    const since = at()
    state.isAway = true
    pass(5_000)
    const stale = await ask()
    expect(stale).toMatchObject({
      value: 'a',
      stale: { since, service: 'MongoDB', why: 'MongoDB is away' },
      said: { since },
    })
    expect(stale.tag).not.toBe(first.tag)
    state.isAway = false
    state.value = 'b'
    pass(5_000)
    expect(await ask()).toMatchObject({ value: 'b', stale: null, said: null })
  })

  it('is an error where nothing is known', async () => {
    const { state, ask } = place()
    state.isAway = true
    await expect(ask()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is left alone for a moment, by all who need it and nobody else', async () => {
    const { state, ask, pass } = place()
    await ask('known')
    state.isAway = true
    pass(600)
    await expect(ask('new')).rejects.toMatchObject({ code: 'unavailable' })
    const asked = state.loads
    expect((await ask('known')).stale).not.toBeNull()
    await expect(ask('newer')).rejects.toMatchObject({ code: 'unavailable' })
    expect(state.loads).toBe(asked)
    await expect(ask('other', { of: 'temporal' })).rejects.toMatchObject({ code: 'unavailable' })
    expect(state.loads).toBe(asked + 1)
    state.isAway = false
    pass(1_000)
    expect((await ask('known')).stale).toBeNull()
  })

  it('is no excuse for a question that is wrong', async () => {
    const { ask, pass } = place()
    await ask()
    pass(600)
    const wrong = async () => {
      throw new AppError('not-found', 'there is no edition 9')
    }
    await expect(ask('k', { load: wrong })).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('what is kept', () => {
  it('is bounded: the least used goes first', async () => {
    const { state, ask } = place({ bytesMax: 2_000 })
    for (const key of ['a', 'b', 'c']) await ask(key)
    await ask('a')
    await ask('d')
    state.isAway = true
    const isKnown = async (key: string) =>
      ask(key).then(
        () => true,
        () => false,
      )
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(isKnown))).toEqual([true, false, true, true])
  })
})
