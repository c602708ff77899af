/**
 * Three kinds of tests: `unit` needs no server; `services` shares one stack (test/shared-stack.ts); `faults` kills processes
 * of stacks of its own, so it runs alone, one file after another.
 */
import { defineConfig } from 'vitest/config'

const SERVER_TESTS = 'test/{contract,e2e}/**/*.test.ts'
const FAULT_TESTS = 'test/faults/**/*.test.ts'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [SERVER_TESTS, FAULT_TESTS],
          testTimeout: 20_000,
          // Files of one process share their modules: loading them anew for each of 125 files took longer than the tests.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'services',
          include: [SERVER_TESTS],
          globalSetup: ['test/shared-stack.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'faults',
          include: [FAULT_TESTS],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
