/** 64 KiB, the server's limit. */
const MAX_MESSAGE_BYTES = 65_536

/** Whether the server refuses a message for its length. Most are not even measured. */
export const isTooLong = (message: string) =>
  message.length > MAX_MESSAGE_BYTES / 3 && new TextEncoder().encode(message).length > MAX_MESSAGE_BYTES

export const TOO_LONG = 'This is longer than 64 KiB. Shorten it, please.'
