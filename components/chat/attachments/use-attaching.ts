'use client'

import { type ClipboardEvent, useMemo, useState, useSyncExternalStore } from 'react'
import type { TrayItem } from '@/components/chat/attachments/tray'
import { moveTray, trayOf } from '@/components/chat/attachments/trays'
import { isLongText } from '@/components/chat/attachments/what-fits'
import { useClient } from '@/components/chat/live'
import { useTakesImages } from '@/components/chat/models'
import type { AttachedFile } from '@/lib/agent/attached'

const NONE: readonly TrayItem[] = []
const NO_FILES: readonly AttachedFile[] = []

/** The files of a draft, which may begin with some, and what stands in the way of sending them. */
export function useAttaching(
  draftKey: string,
  organisationId: string,
  chosenModel: string | null,
  original: readonly AttachedFile[] = NO_FILES,
) {
  const client = useClient()
  const takesImages = useTakesImages(organisationId, chosenModel)
  const [place, setPlace] = useState(draftKey)
  if (place !== draftKey) {
    moveTray(place, draftKey)
    setPlace(draftKey)
  }
  // The same to its end: one that was asked for again then would be another.
  const tray = useMemo(
    () => trayOf(draftKey, client, organisationId, original),
    [draftKey, client, organisationId, original],
  )
  // The server knows no draft: it is there after hydration.
  const items = useSyncExternalStore(tray.subscribe, tray.items, () => NONE)

  const onPaste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData('text/plain')
    const files = [...event.clipboardData.files]
    // Office programs offer a picture of the text beside it.
    if (files.length > 0 && text === '') {
      event.preventDefault()
      tray.add(files)
    } else if (isLongText(text)) {
      event.preventDefault()
      tray.addPasted(text)
    }
  }

  /** The question with a text in it that was taken for a file. */
  const putBack = async (key: string, question: string) => {
    const taken = await tray.takeText(key)
    return question.trim() === '' ? taken : `${question}\n\n${taken}`
  }

  return { tray, items, putBack, takesImages, onPaste, problem: problemOf(items, takesImages) }
}

function problemOf(items: readonly TrayItem[], takesImages: boolean): string | null {
  const failed = items.find(({ state }) => state === 'failed')
  if (failed) return `“${failed.name}” is not there: try again or remove it.`
  const image = takesImages ? undefined : items.find(({ kind }) => kind === 'image')
  return image ? 'The chosen model takes no images: remove them, or choose another model.' : null
}
