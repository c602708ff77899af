/** Whether a process is ready, with services that answer, fail, or hang. */
import { expect, it } from 'vitest'
import { createReadiness } from '../../app/readiness.ts'

it('is ready when every condition is met and every service answers', async () => {
  const readiness = createReadiness()
  readiness.set('partitions', true, '0, 1')
  readiness.require('kafka', async () => 'here')
  expect(await readiness.read()).toEqual({
    ready: true,
    conditions: [
      { name: 'partitions', ok: true, says: '0, 1' },
      { name: 'kafka', ok: true, says: 'here' },
    ],
  })
})

it('is not ready for one thing that is missing, and says which', async () => {
  const readiness = createReadiness()
  readiness.set('partitions', true, '0, 1')
  readiness.require('kafka', () => Promise.reject(new Error('refused')))
  readiness.require('lake', async () => {})
  const { ready, conditions } = await readiness.read()
  expect(ready).toBe(false)
  expect(conditions.filter(({ ok }) => !ok)).toEqual([{ name: 'kafka', ok: false, says: 'refused' }])
})

it('asks once for probes that come together, and again later', async () => {
  const readiness = createReadiness({ keepMs: 0 })
  let asked = 0
  readiness.require('kafka', async () => {
    asked++
    await new Promise((resolve) => setTimeout(resolve, 5))
  })
  await Promise.all([readiness.read(), readiness.read()])
  expect(asked).toBe(1)
  await readiness.read()
  expect(asked).toBe(2)
})

it('does not wait for a service that hangs, nor ask it again while it does', async () => {
  const readiness = createReadiness({ keepMs: 0, askMs: 10 })
  const gate = Promise.withResolvers<void>()
  let asked = 0
  readiness.require('kafka', () => {
    asked++
    return gate.promise
  })
  for (let i = 0; i < 2; i++) {
    expect((await readiness.read()).conditions).toEqual([{ name: 'kafka', ok: false, says: 'no answer in 10 ms' }])
  }
  expect(asked).toBe(1)
  gate.resolve()
  await gate.promise
  await expect.poll(async () => (await readiness.read()).ready).toBe(true)
})
