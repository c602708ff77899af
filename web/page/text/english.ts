/** @param n a number, or one as it is written: only a written one is 1 */
export function plural(n: number | string, one: string, many: string): string {
  return Number(n) === 1 ? one : many
}
