let latest = 0

/** Now, but never twice the same: what is made in one go keeps its order in lists. */
export function nextMoment(): number {
  latest = Math.max(Date.now(), latest + 1)
  return latest
}
