/** The registry of kernels, by extractor. An extractor without one is counted through its `extract`, several times slower. */
import type { Extractor } from '../terms/extractor.ts'
import { hashtags1Kernel } from './hashtags-1-kernel.ts'
import { hashtags2Kernel } from './hashtags-2-kernel.ts'
import type { Kernel } from './kernel.ts'

const kernels: Readonly<Record<string, () => Kernel>> = {
  'hashtags@1': hashtags1Kernel,
  'hashtags@2': hashtags2Kernel,
}

export function kernelFor(extractor: Pick<Extractor, 'name'>): Kernel | null {
  return kernels[extractor.name]?.() ?? null
}
