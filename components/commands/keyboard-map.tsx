'use client'

import { useId } from 'react'
import { KeyCaps, useApple } from '@/components/commands/key-caps'
import { KEYS, KEYS_OF_PLACES } from '@/components/commands/keys'
import { keysOf } from '@/components/commands/shortcut'
import { Modal } from '@/components/ui/modal'

/** Every key that means something here, and the switch for those that are a letter alone. */
export default function KeyboardMap({
  letters,
  onLetters,
  onClose,
}: {
  letters: boolean
  onLetters: (on: boolean) => void
  onClose: () => void
}) {
  const apple = useApple()
  const id = useId()
  const places = [
    {
      place: 'Everywhere',
      keys: Object.values(KEYS).map((key) => ({
        press: keysOf(key, apple),
        does: key.does,
        off: !key.mod && !letters,
      })),
    },
    ...KEYS_OF_PLACES.map(({ place, keys }) => ({ place, keys: keys.map((key) => ({ ...key, off: false })) })),
  ]
  return (
    <Modal open onOpenChange={(open) => !open && onClose()} title="Keyboard map">
      <div className="grid gap-5" data-testid="keyboard-map">
        {places.map(({ place, keys }) => (
          <section key={place}>
            <h3 className="mb-1 text-xs font-medium text-muted">{place}</h3>
            <dl className="divide-y divide-line text-sm">
              {keys.map(({ press, does, off }) => (
                <div key={does} className="flex items-center gap-3 py-1.5" data-off={off || undefined}>
                  <dt className={off ? 'min-w-0 flex-1 text-muted line-through' : 'min-w-0 flex-1'}>{does}</dt>
                  <dd>
                    <KeyCaps keys={press} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <div className="flex items-start gap-2.5 border-t border-line pt-4">
          <input
            id={id}
            type="checkbox"
            checked={letters}
            onChange={(event) => onLetters(event.currentTarget.checked)}
            className="mt-1 size-4 accent-(--accent)"
            data-testid="letter-keys"
          />
          <label htmlFor={id} className="text-sm">
            Keys of a single letter
            <span className="block text-xs text-muted">
              Never while you write. Without them everything is still in the list of commands.
            </span>
          </label>
        </div>
      </div>
    </Modal>
  )
}
