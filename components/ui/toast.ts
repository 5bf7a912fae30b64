import type { ExternalToast } from 'sonner'

type Sonner = typeof import('sonner')['toast']
type Kind = 'message' | 'success' | 'error'

/** Resolves once the place of outcomes stands on the page. */
const region = Promise.withResolvers<Sonner>()
const listeners = new Set<() => void>()

/** The place says that it stands; a listener is told when something wants to be said before it does. */
export const toastRegion = {
  stands: (sonner: Sonner) => region.resolve(sonner),
  onWanted: (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

function tell(kind: Kind, text: string, options?: ExternalToast): void {
  for (const listener of listeners) listener()
  void region.promise.then((sonner) => sonner[kind](text, options))
}

/** Tells the outcome of an action. Sonner draws it; it is fetched when somebody begins to do something. */
export const toast = {
  message: (text: string, options?: ExternalToast) => tell('message', text, options),
  success: (text: string, options?: ExternalToast) => tell('success', text, options),
  error: (text: string, options?: ExternalToast) => tell('error', text, options),
  dismiss: (id: string | number) => void region.promise.then((sonner) => sonner.dismiss(id)),
}
