import type { KeyboardEvent } from 'react'

/** An input method is at work: its Enter chooses a word and sends nothing. 229 is what older browsers say. */
export const isComposing = (event: KeyboardEvent) => event.nativeEvent.isComposing || event.keyCode === 229
