/** A 32-bit hash of a text (FNV-1a with a final mix): the same text gives the same number on every machine. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value ^= text.charCodeAt(index)
    value = Math.imul(value, 0x01000193)
  }
  value ^= value >>> 16
  value = Math.imul(value, 0x85ebca6b)
  value ^= value >>> 13
  value = Math.imul(value, 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** A number in [0, 1) that depends on nothing but its key. */
export const random = (key: string): number => hash(key) / 0x1_0000_0000

/** A number in [-1, 1) that depends on nothing but its key. */
export const noise = (key: string): number => random(key) * 2 - 1

/** One of the given values, chosen by the key alone. */
export function pick<T>(values: readonly [T, ...T[]], key: string): T {
  return values[Math.floor(random(key) * values.length)] ?? values[0]
}

/** A hexadecimal text of the given length that depends on nothing but its key. */
export function hexadecimal(length: number, key: string): string {
  let text = ''
  for (let part = 0; text.length < length; part++) text += hash(`${key}#${part}`).toString(16).padStart(8, '0')
  return text.slice(0, length)
}
