import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Session } from '@/lib/sessions/collection'
import {
  besides,
  cutBefore,
  extended,
  includes,
  lastOf,
  lengthOf,
  type Path,
  type Piece,
  parentOf,
  pathThrough,
  pathTo,
  replacing,
  threadOf,
  tipOf,
  versionsByParent,
} from '@/lib/sessions/threads/tree'

interface Said {
  parent: number
  isQuestion: boolean
}

/** A session as a tree of messages that each know their parent: the long way round. */
class Plain {
  readonly said: Said[] = []
  tip = 0
  add(parent: number, isQuestion: boolean) {
    this.said.push({ parent, isQuestion })
    this.tip = this.said.length
  }
  ancestors(position: number): number[] {
    const all: number[] = []
    for (let at = position; at > 0; at = this.said[at - 1]?.parent ?? 0) all.unshift(at)
    return all
  }
  /** The last message of all that follow this one. */
  newestBelow(position: number): number {
    const last = this.said.findLastIndex((_, index) => this.ancestors(index + 1).includes(position))
    return last + 1
  }
  versions(position: number): number[] {
    const parent = this.said[position - 1]?.parent
    return this.said.flatMap((one, index) => (one.parent === parent && one.isQuestion ? [index + 1] : []))
  }
}

/** The same by pieces, as it is stored. */
class Stored {
  pieces: Piece[] = []
  session: Pick<Session, 'messageCount' | 'path'> = { messageCount: 0 }
  get path(): Path {
    return this.session.path ?? (this.session.messageCount ? [[1, this.session.messageCount]] : [])
  }
  next() {
    const position = this.session.messageCount + 1
    const { path } = this.session
    if (path && tipOf(path) !== position - 1)
      this.pieces.push({ from: position, after: tipOf(path), id: String(position) })
    this.session = { messageCount: position, ...(path ? { path: extended(path, position) } : {}) }
  }
  replace(replaced: number) {
    const position = this.session.messageCount + 1
    const piece = replacing(
      this.pieces,
      { id: String(replaced), position: replaced },
      { id: String(position), position },
    )
    this.pieces.push(piece)
    const path = extended(pathTo(this.pieces, piece.after), position)
    this.session = { messageCount: position, path }
  }
  go(position: number) {
    const path = pathThrough(this.pieces, position, this.session.messageCount)
    if (tipOf(path) !== tipOf(this.path)) this.session = { ...this.session, path }
  }
}

const listed = (path: Path) => path.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n))

describe('threads in pieces', () => {
  it('say of every message what a tree of parents says, whatever was asked, replaced and gone back to', () => {
    const deed = fc.record({ kind: fc.nat(4), choice: fc.nat(1_000), answered: fc.boolean() })
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const plain = new Plain()
        const stored = new Stored()
        for (const { kind, choice, answered } of deeds) {
          const questions = plain.said.flatMap(({ isQuestion }, index) => (isQuestion ? [index + 1] : []))
          const chosen = questions[choice % Math.max(questions.length, 1)]
          if (kind === 0 && chosen !== undefined) {
            plain.add(plain.said[chosen - 1]?.parent ?? 0, true)
            stored.replace(chosen)
          } else if (kind === 1 && plain.said.length > 0) {
            const position = 1 + (choice % plain.said.length)
            if (!plain.ancestors(plain.tip).includes(position)) plain.tip = plain.newestBelow(position)
            if (!includes(stored.path, position)) stored.go(position)
            continue
          } else {
            plain.add(plain.tip, true)
            stored.next()
          }
          // Some questions are never answered.
          if (answered) {
            plain.add(plain.tip, false)
            stored.next()
          }
          expect(listed(stored.path)).toEqual(plain.ancestors(plain.tip))
        }
        const versions = versionsByParent(stored.pieces)
        for (let position = 1; position <= plain.said.length; position += 1) {
          expect(parentOf(stored.pieces, position)).toBe(plain.said[position - 1]?.parent)
          expect(listed(pathTo(stored.pieces, position))).toEqual(plain.ancestors(position))
          const through = pathThrough(stored.pieces, position, plain.said.length)
          expect(listed(through)).toEqual(plain.ancestors(plain.newestBelow(position)))
          if (!plain.said[position - 1]?.isQuestion) continue
          const ids = versions.get(parentOf(stored.pieces, position)) ?? [String(position)]
          expect(ids).toEqual(plain.versions(position).map(String))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('give pages of a path that put together are the path', () => {
    const path: Path = [
      [2, 4],
      [9, 9],
      [12, 20],
    ]
    const pages: number[] = []
    for (let rest = path; lengthOf(rest) > 0; ) {
      const page = lastOf(rest, 4)
      pages.unshift(...listed(page))
      rest = cutBefore(rest, page[0]?.[0] ?? 0)
    }
    expect(pages).toEqual(listed(path))
    expect(listed(cutBefore(path, 9))).toEqual([2, 3, 4])
    expect(listed(cutBefore(path, 9.5))).toEqual([2, 3, 4, 9])
    expect(lastOf(path, 0)).toEqual([])
  })

  it('leave the messages that are on no part of a path', () => {
    const path: Path = [
      [2, 4],
      [9, 9],
    ]
    expect(listed(besides(path, 11))).toEqual([1, 5, 6, 7, 8, 10, 11])
    expect(besides([[1, 6]], 6)).toEqual([])
    expect(listed(besides([], 2))).toEqual([1, 2])
  })

  it('keep a thread’s name while it is added to, and give it another when it is another', () => {
    const before: Path = [[1, 6]]
    expect(threadOf(extended(before, 7))).toBe(threadOf(before))
    expect(threadOf(extended(before, 9))).not.toBe(threadOf(before))
    expect(threadOf([])).toBe(1)
  })
})
