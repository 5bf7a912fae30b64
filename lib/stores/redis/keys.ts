/**
 * Where things are. A partition's keys share the hash tag `{partition}`, so that one Lua call may touch them all.
 * Every part but the last is percent-encoded, so that no two names meet in one key.
 */
const part = encodeURIComponent

export const prefixOf = (partition: string) => `lw:{${part(partition)}}:`

/** Within a partition's prefix: */
export const documentName = (collection: string, id: string) => `d:${part(collection)}:${id}`
export const logName = (log: string) => `l:${log}`
export const leaseName = (lease: string) => `L:${lease}`
export const counterName = (counter: string) => `c:${counter}`
export const operationName = (operationId: string) => `o:${operationId}`
/** The field that a document has for its place in a group of an index; behind `i:` also the index's own name. */
export const placeField = (index: string, group: string) => `i:${part(index)}:${part(group)}`
export const indexName = (collection: string, index: string, group: string) =>
  `i:${part(collection)}:${part(index)}:${part(group)}`
export const collectionName = part

/** What woke whom, for those who poll; over all partitions. */
export const SIGNAL_STREAM = 'lw:signals'
/** Where a topic's wake-ups are published, for those who can subscribe. */
export const channelOf = (topic: string) => `lw:s:${topic}`
export const topicOf = (channel: string) => channel.slice('lw:s:'.length)
