/** Resolves once what was sent in this turn of the event loop has left the process. */
export const turnOver = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Resolves behind everything that this turn puts off to its end. A request over a kept connection is written only then
 * (undici looks first whether that still stands): for what must not hold one up.
 */
export const afterTurn = () => new Promise<void>((resolve) => process.nextTick(() => setImmediate(resolve)))
