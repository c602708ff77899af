#!/usr/bin/env node
// Finds the project's own Node (the npm package `node`) whatever Node started this, then runs the command line with it.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const main = join(here, 'cli', 'main.ts')

function pinnedNode() {
  try {
    return join(
      dirname(createRequire(import.meta.url).resolve('node/package.json')),
      'bin',
      process.platform === 'win32' ? 'node.exe' : 'node',
    )
  } catch {
    return undefined
  }
}

const node = pinnedNode() ?? process.execPath
if (node === process.execPath && Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`tendance needs Node 24 and this is ${process.version}: run 'npm ci' in ${here}, it brings its own`)
  process.exit(2)
}
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning', main, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code ?? 1)))
