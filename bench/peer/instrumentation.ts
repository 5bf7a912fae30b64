/** Nothing to do: without a file of its own here, the build would take the one of Longwatch, further up. */
export function register(): void {}
