import { describe, expect, it } from 'vitest'
import { readContent } from '@/lib/attachments/content'

const refusal = (bytes: Buffer) => {
  try {
    readContent(bytes)
  } catch (error) {
    return error
  }
  return null
}

describe('the content of a file', () => {
  it.each([
    ['image/png', Buffer.from('\x89PNG\r\n\x1a\n…', 'latin1')],
    ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0])],
    ['image/gif', Buffer.from('GIF89a\0')],
    ['image/webp', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1')],
  ])('is %s by its first bytes', (mediaType, bytes) => {
    expect(readContent(bytes)).toEqual({ kind: 'image', mediaType, data: bytes })
  })

  it.each([
    ['UTF-8', Buffer.from('zeile 1\nzëile 2 🦉')],
    ['UTF-8 with its mark', Buffer.from('\ufeffzeile 1\nzëile 2 🦉')],
    ['UTF-16, little end first', Buffer.from('\ufeffzeile 1\nzëile 2 🦉', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeffzeile 1\nzëile 2 🦉', 'utf16le').swap16()],
  ])('is text in %s', (_, bytes) => {
    expect(readContent(bytes)).toEqual({ kind: 'text', mediaType: 'text/plain', data: 'zeile 1\nzëile 2 🦉' })
  })

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['a log with colours', '\u001b[31mERROR\u001b[0m it broke\nagain and again and again\n'],
  ])('of %s is plain text', (_, text) => {
    expect(readContent(Buffer.from(text))).toMatchObject({ kind: 'text', mediaType: 'text/plain', data: text })
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no more than the mark of its encoding', Buffer.from('\ufeff')],
    ['a gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
    ['a PDF', Buffer.from('%PDF-1.7\n\xe2\xe3\xcf\xd3', 'latin1')],
    ['text with a NUL', Buffer.from('abc\0def'.repeat(50))],
    ['control characters', Buffer.from('\x01\x02abc\x03\x04')],
    ['half of a character', Buffer.from([0x61, 0xc3])],
    ['half of a surrogate pair', Buffer.from([0xff, 0xfe, 0x3d, 0xd8])],
  ])('is refused when it is %s, and the field is named', (_, bytes) => {
    expect(refusal(bytes)).toMatchObject({ code: 'bad_request', field: 'file' })
  })
})
