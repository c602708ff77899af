import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chooseProcesses } from '../../stack/commands.ts'
import { parseServices } from '../../stack/names.ts'
import { DEFAULT_SHAPE, readShape, resolveShape, writeShape } from '../../stack/remembered.ts'
import { Stack } from '../../stack/stack.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tendance-shape-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the shape of a stack', () => {
  it('is what is asked for, over what the folder was made with, over the defaults', () => {
    expect(resolveShape({}, undefined)).toEqual(DEFAULT_SHAPE)
    const remembered = { ...DEFAULT_SHAPE, portOffset: 400, datanodes: 2 }
    expect(resolveShape({ portOffset: undefined }, remembered)).toEqual(remembered)
    expect(resolveShape({ portOffset: 600, datanodes: 3 }, remembered)).toMatchObject({ portOffset: 600, datanodes: 3 })
  })

  it('never forgets a service that the folder has', () => {
    const remembered = { ...DEFAULT_SHAPE, services: ['kafka'] as const }
    expect(resolveShape({ services: ['hdfs'] }, remembered).services).toEqual(['kafka', 'hdfs'])
    expect(resolveShape({ services: ['hdfs'] }, undefined).services).toEqual(['hdfs'])
  })

  it.each([
    { brokers: 2 },
    { datanodes: 0 },
    { portOffset: -1 },
    { portOffset: 60_000 },
    { heapMb: 1 },
    { services: [] },
  ])('cannot be %j', (asked) => {
    expect(() => resolveShape(asked, undefined)).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })

  it.each([
    [{ brokers: 3 }, /made with 1 brokers.*outvote/],
    [{ brokers: 1, datanodes: 1 }, /made with 2 datanodes.*missing/],
  ])('does not change to %j when the data could not follow', (asked, why) => {
    expect(() => resolveShape(asked, { ...DEFAULT_SHAPE, datanodes: 2 })).toThrow(why)
  })

  it('is read back as it was written, and a broken file is named', () => {
    expect(readShape(folder)).toBeUndefined()
    writeShape(folder, { ...DEFAULT_SHAPE, brokers: 3 })
    expect(readShape(folder)).toEqual({ ...DEFAULT_SHAPE, brokers: 3 })
    writeFileSync(join(folder, 'stack.json'), '{}')
    expect(() => readShape(folder)).toThrow(/stack\.json.*--wipe/)
  })
})

describe('the processes of a stack', () => {
  const stackOf = (asked: object) =>
    new Stack({ dataDir: folder, cacheDir: folder, environment: { PATH: '' }, ...asked })

  it('are those of its services and its size', () => {
    expect(stackOf({ brokers: 3, datanodes: 2 }).processNames).toEqual([
      'temporal',
      'kafka-1',
      'kafka-2',
      'kafka-3',
      'hdfs-namenode',
      'hdfs-datanode-1',
      'hdfs-datanode-2',
      'mongodb',
    ])
    expect(stackOf({ services: ['mongodb'] }).processNames).toEqual(['mongodb'])
  })

  it("leave out MongoDB when somebody's own is to be used", () => {
    const stack = stackOf({ services: ['mongodb'], mongodbUri: 'mongodb://elsewhere' })
    expect(stack.processNames).toEqual([])
    expect(stack.addresses.mongodb).toBe('mongodb://elsewhere')
  })

  it('have its own MongoDB also when its address is in the environment, as `stack up` says it should be', () => {
    const own = stackOf({ portOffset: 400 }).addresses.mongodb
    const asked = { portOffset: 400, services: ['mongodb'], mongodbUri: own }
    // this folder never had one: then it is somebody else's
    expect(stackOf(asked).processNames).toEqual([])
    mkdirSync(join(folder, 'mongodb'))
    expect(stackOf(asked).processNames).toEqual(['mongodb'])
    expect(stackOf({ ...asked, portOffset: 500 }).processNames).toEqual([])
  })

  it('are down before they are started', async () => {
    const statuses = await stackOf({}).status()
    expect(statuses.map(({ state }) => state)).toEqual(Array(5).fill('down'))
  })

  it('can be named one by one or by service', () => {
    const all = stackOf({ brokers: 3 }).processNames
    expect(chooseProcesses(all, [])).toEqual(all)
    expect(chooseProcesses(all, ['kafka'])).toEqual(['kafka-1', 'kafka-2', 'kafka-3'])
    expect(chooseProcesses(all, ['kafka-2', 'mongodb'])).toEqual(['kafka-2', 'mongodb'])
    expect(chooseProcesses(all, ['redis'])).toEqual([])
    expect(() => parseServices(['redis'])).toThrow('there are temporal, kafka, hdfs, mongodb')
    expect(() => stackOf({}).service('kafka-2')).toThrow('there are temporal, kafka-1')
  })
})
