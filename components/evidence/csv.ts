import { shortText } from '@/components/evidence/read-value'

/** One cell; a text that a spreadsheet would run as a formula is kept from it with an apostrophe. */
function csvCell(value: unknown): string {
  const raw = shortText(value)
  const text = typeof value !== 'number' && /^[=+\-@\t\r\n＝＋－＠]/.test(raw) ? `'${raw}` : raw
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** RFC 4180 with a heading. */
export const toCsv = (columns: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [columns, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')
