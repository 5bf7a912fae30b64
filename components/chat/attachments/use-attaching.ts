'use client'

import { type ClipboardEvent, useState, useSyncExternalStore } from 'react'
import type { TrayItem } from '@/components/chat/attachments/tray'
import { moveTray, trayOf } from '@/components/chat/attachments/trays'
import { isLongText } from '@/components/chat/attachments/what-fits'
import { useClient } from '@/components/chat/live'
import { useTakesImages } from '@/components/chat/models'

const NONE: readonly TrayItem[] = []

/** The files of the composer's draft, and what stands in the way of sending them. */
export function useAttaching(draftKey: string, organisationId: string, chosenModel: string | null) {
  const client = useClient()
  const takesImages = useTakesImages(organisationId, chosenModel)
  const [place, setPlace] = useState(draftKey)
  if (place !== draftKey) {
    moveTray(place, draftKey)
    setPlace(draftKey)
  }
  const tray = trayOf(draftKey, client, organisationId)
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

  return { tray, items, takesImages, onPaste, problem: problemOf(items, takesImages) }
}

function problemOf(items: readonly TrayItem[], takesImages: boolean): string | null {
  const failed = items.find(({ state }) => state === 'failed')
  if (failed) return `“${failed.name}” is not there: try again or remove it.`
  const image = takesImages ? undefined : items.find(({ kind }) => kind === 'image')
  return image ? 'The chosen model takes no images: remove them, or choose another model.' : null
}
