'use client'

import { Paperclip } from 'lucide-react'
import { useRef } from 'react'
import { acceptedTypes } from '@/components/chat/attachments/what-fits'
import { IconButton } from '@/components/ui/button'

/** Opens the picker for files that go with the question. */
export function AttachButton({
  takesImages,
  onChoose,
}: {
  takesImages: boolean
  onChoose: (files: readonly File[]) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-hidden
        data-testid="file-input"
        accept={acceptedTypes(takesImages)}
        onChange={({ currentTarget }) => {
          onChoose([...(currentTarget.files ?? [])])
          // The same file may be chosen again.
          currentTarget.value = ''
        }}
      />
      <IconButton
        label={takesImages ? 'Attach text files or images' : 'Attach text files'}
        data-testid="attach"
        onClick={() => input.current?.click()}
      >
        <Paperclip size={17} aria-hidden />
      </IconButton>
    </>
  )
}
