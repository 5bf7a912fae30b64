'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { messageOf, RequestError } from '@/components/api/request'
import { toast } from '@/components/ui/toast'
import { useUnsaved } from '@/components/ui/unsaved'

/** What a field of the kit needs to know. Made by `form.field('name')`. */
export interface FieldBinding<Value> {
  name: string
  value: Value
  onChange: (value: Value) => void
  error: string | null
  disabled: boolean
  /** Why it cannot be changed here. */
  locked: string | null
}

export interface FormFailure {
  message: string
  field: string | null
  /** Somebody else changed it meanwhile. */
  conflict: boolean
}

export interface SettingsFormState<Values extends object> {
  values: Values
  set: (change: Partial<Values>) => void
  /** `path` is the field's name in the API's errors when that is another one (`limits.stepsPerRun`). */
  field: <Name extends keyof Values & string>(
    name: Name,
    options?: { path?: string; locked?: string | null },
  ) => FieldBinding<Values[Name]>
  dirty: boolean
  sending: boolean
  failure: FormFailure | null
  /** No field that is shown claims the failure: the form itself has to show it. */
  unclaimedFailure: () => FormFailure | null
  locked: string | null
  save: () => Promise<void>
  /** Back to what is stored. */
  discard: () => void
  /** Asks the page for what is stored now; what was typed stays. */
  reload: () => void
}

export interface SettingsFormInput<Values extends object> {
  /** What is stored. When the page brings something newer, untouched fields follow it and typed ones stay. */
  initial: Values
  /**
   * Sends the values (`stored` is what they were changed from). What it answers is what is stored now (without: what was sent). Throws what `requestJson` throws;
   * then nothing that was typed is lost.
   */
  save: (values: Values, stored: Values) => Promise<Values | undefined>
  /** The toast after success. */
  saved: string
  onSaved?: (values: Values) => void
  /** Why nothing of it can be changed here: a provisioning file manages it. */
  locked?: string | null
}

const same = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) ||
  (typeof a === 'object' &&
    typeof b === 'object' &&
    a !== null &&
    b !== null &&
    JSON.stringify(a) === JSON.stringify(b))

/** The fields that were touched keep their values, the others take the newer ones. */
function rebase<Values extends object>(values: Values, base: Values, newer: Values): Values {
  const kept = Object.entries(values).filter(([name, value]) => !same(value, base[name as keyof Values]))
  return { ...newer, ...(Object.fromEntries(kept) as Partial<Values>) }
}

/** The state of one form of the settings: what is stored, what was typed, what the server said. */
export function useSettingsForm<Values extends object>(input: SettingsFormInput<Values>): SettingsFormState<Values> {
  const router = useRouter()
  const [state, setState] = useState({ given: input.initial, base: input.initial, values: input.initial })
  const [sending, setSending] = useState(false)
  const [failure, setFailure] = useState<FormFailure | null>(null)
  const claimed = new Set<string>()
  const locked = input.locked ?? null

  if (!same(state.given, input.initial)) {
    setState({
      given: input.initial,
      base: input.initial,
      values: rebase(state.values, state.base, input.initial),
    })
    if (failure?.conflict) setFailure(null)
  }

  const dirty = !same(state.values, state.base)
  useUnsaved(dirty)

  const set = (change: Partial<Values>) => {
    setState((now) => ({ ...now, values: { ...now.values, ...change } }))
  }

  const save = async () => {
    if (sending || locked) return
    setSending(true)
    setFailure(null)
    try {
      const stored = (await input.save(state.values, state.base)) ?? state.values
      setState((now) => ({ ...now, base: stored, values: stored }))
      toast.success(input.saved)
      input.onSaved?.(stored)
      router.refresh()
    } catch (error) {
      const refusal = error instanceof RequestError ? error : null
      setFailure({
        message: messageOf(error),
        field: refusal?.field ?? null,
        conflict: refusal?.status === 409 && refusal.field === undefined,
      })
    } finally {
      setSending(false)
    }
  }

  return {
    values: state.values,
    set,
    field(name, options = {}) {
      const path = options.path ?? name
      const isMine = failure?.field === path || failure?.field?.startsWith(`${path}.`)
      if (isMine && failure?.field) claimed.add(failure.field)
      return {
        name,
        value: state.values[name],
        onChange: (value) => set({ [name]: value } as unknown as Partial<Values>),
        error: isMine && failure ? failure.message : null,
        disabled: sending,
        locked: options.locked ?? locked,
      }
    },
    dirty,
    sending,
    failure,
    unclaimedFailure: () => (failure && !(failure.field && claimed.has(failure.field)) ? failure : null),
    locked,
    save,
    discard: () => {
      setFailure(null)
      setState((now) => ({ ...now, values: now.base }))
    },
    reload: () => router.refresh(),
  }
}
