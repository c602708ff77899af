/** CSV, RFC 4180: a text is quoted when it holds a comma, a quotation mark or a line break. */

export type CsvField = string | number | boolean | null

/** null is an empty field. No line break behind the last line. */
export function csvText(head: readonly string[], rows: readonly (readonly CsvField[])[]): string {
  return [head, ...rows].map((row) => row.map(fieldText).join(',')).join('\n')
}

function fieldText(value: CsvField): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
