/** Round numbers for an axis of counts: 0, and multiples of 1, 2 or 5 times a power of ten up to the first that reaches `most`. */
export function niceTicks(most: number, about: number): readonly number[] {
  const rough = Math.max(1, most / about)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough)!
  const whole = Math.max(1, Math.round(step))
  return Array.from({ length: Math.ceil(most / whole) + 1 }, (_, i) => i * whole)
}
