/** Words of PromQL that look like metric names. */
const KEYWORDS = new Set(
  'and or unless by without on ignoring group_left group_right bool offset start end inf nan atan2'.split(' '),
)

/** The metric names that a query selects, as well as can be told without a parser. */
export function metricNamesIn(query: string): string[] {
  const names = new Set<string>()
  for (const match of query.matchAll(/__name__\s*=\s*(?:"([^"]+)"|'([^']+)')/g)) names.add(match[1] ?? match[2] ?? '')
  const bare = query
    .replace(/#.*$/gm, ' ')
    .replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, ' ')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi, ' ')
  for (const match of bare.matchAll(/(?<![\w:.])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])/g)) {
    const name = match[1] ?? ''
    if (!KEYWORDS.has(name.toLowerCase())) names.add(name)
  }
  return [...names]
}

function trigrams(text: string): Set<string> {
  const padded = `  ${text.toLowerCase()} `
  const grams = new Set<string>()
  for (let index = 0; index + 3 <= padded.length; index++) grams.add(padded.slice(index, index + 3))
  return grams
}

/** The names closest to one that does not exist, best first: by shared words, then by shared letters. */
export function similarNames(wanted: string, existing: string[], limit = 8): string[] {
  const words = new Set(wanted.toLowerCase().split(/[_:]+/).filter(Boolean))
  const grams = trigrams(wanted)
  return existing
    .map((name) => {
      const own = name.toLowerCase().split(/[_:]+/).filter(Boolean)
      const shared = own.filter((word) => words.has(word)).length
      const letters = trigrams(name)
      let common = 0
      for (const gram of letters) if (grams.has(gram)) common++
      return {
        name,
        score: shared / Math.max(words.size, own.length, 1) + common / (letters.size + grams.size - common),
      }
    })
    .filter(({ score }) => score > 0.25)
    .sort((one, other) => other.score - one.score || (one.name < other.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name)
}
