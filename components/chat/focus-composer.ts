/** Back to where one writes; not where that opens a keyboard that covers half of the screen. */
export function focusComposer() {
  if (!window.matchMedia('(pointer: fine)').matches) return
  document.querySelector<HTMLElement>('[data-testid="composer"]')?.focus({ preventScroll: true })
}
