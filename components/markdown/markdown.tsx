'use client'

import type { Links } from 'marked'
import { createElement, Fragment, memo, useMemo, useRef } from 'react'
import { type Blocks, readBlocks, readTokens } from '@/components/markdown/blocks'
import { completed } from '@/components/markdown/completion'
import { Footnotes, NotesContext, useNotes } from '@/components/markdown/footnotes'
import { GrowingContext } from '@/components/markdown/growing'
import { noteOf, noteText, withoutUnfinished } from '@/components/markdown/notes'
import { renderToken } from '@/components/markdown/render-tokens'
import { useGradually } from '@/components/ui/use-gradually'

/** Of long texts so many characters more are read and drawn with each frame: no frame has all of them. */
const CHARACTERS_PER_FRAME = 2_500
/** From so many blocks on, those far from the screen are neither laid out nor painted. */
const LONG = 24

/**
 * Markdown of an answer, hardened: no raw HTML, no images from anywhere, links that say where they lead.
 * Its blocks are memoised, so that a token at the end costs one block, and a long text is drawn over several frames.
 */
export const Markdown = memo(function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  const before = useRef<Blocks | undefined>(undefined)
  const shown = useGradually(text.length, CHARACTERS_PER_FRAME, { share: true })
  const drawing = shown < text.length
  const drawn = drawing ? text.slice(0, shown) : text
  // Only a hint of what may be kept: the blocks are the same without it.
  const blocks = useMemo(() => readBlocks(drawn, before.current), [drawn])
  before.current = blocks
  const total = blocks.raws.length
  const growing = streaming || drawing
  const block = (raw: string, index: number) => (
    <Block key={index} raw={raw} links={blocks.links} growing={growing && index === total - 1} />
  )
  const notes = useNotes(blocks.notes, growing)
  return (
    <div
      id={blocks.notes.length > 0 ? notes.id : undefined}
      className="prose-answer whitespace-normal"
      data-drawing={drawing || undefined}
      data-long={total >= LONG || undefined}
    >
      <NotesContext value={notes}>
        {blocks.raws.map((raw, index) => (noteOf(raw) === null ? block(raw, index) : null))}
        {blocks.notes.length > 0 && (
          <Footnotes>
            {blocks.raws.flatMap((raw, index) => (noteOf(raw) === null ? [] : [block(raw, index)]))}
          </Footnotes>
        )}
      </NotesContext>
    </div>
  )
})

const Block = memo(function Block({ raw, links, growing }: { raw: string; links: Links; growing: boolean }) {
  const elements = useMemo(() => {
    const text = noteOf(raw) === null ? raw : noteText(raw)
    const tokens = readTokens(growing ? completed(withoutUnfinished(text)) : text, links)
    return tokens ? createElement(Fragment, null, ...tokens.map(renderToken)) : <p>{raw}</p>
  }, [raw, links, growing])
  return (
    <div dir="auto" className="contents">
      <GrowingContext value={growing}>{elements}</GrowingContext>
    </div>
  )
})
