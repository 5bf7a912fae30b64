'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { toastError } from '@/components/ui/toaster'

/** Copies a text, or what the function says when it is pressed, and tells so for a moment. */
export function CopyButton({
  text,
  label,
  icon: Icon = Copy,
}: {
  text: string | (() => string)
  label: string
  icon?: typeof Copy
}) {
  const [copied, setCopied] = useState(false)

  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'function' ? text() : text)
      setCopied(true)
    } catch (error) {
      toastError('Not copied', error)
    }
  }

  return (
    <button
      type="button"
      onClick={copy}
      aria-label={copied ? 'Copied' : label}
      title={copied ? 'Copied' : label}
      className="inline-flex size-6 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink"
    >
      {copied ? <Check size={13} aria-hidden /> : <Icon size={13} aria-hidden />}
    </button>
  )
}
