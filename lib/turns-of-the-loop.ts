/**
 * Resolves behind everything that this turn puts off to its end. A request over a kept connection is written only then
 * (undici looks first whether that still stands): for what must not hold one up.
 */
export const afterTurn = () => new Promise<void>((resolve) => process.nextTick(() => setImmediate(resolve)))

/** Resolves once what was asked of the store in this turn of JavaScript was written to its connection. */
export const turnSent = () => new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)))
