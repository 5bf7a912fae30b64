/** Below what a serverless platform lets a request carry (4.5 MB on Vercel). */
export const MAX_ATTACHMENT_BYTES = 3_500_000
/** With one question. */
export const MAX_ATTACHMENTS = 10
export const MAX_ATTACHED_BYTES = 10_000_000
/** How long a file may wait to be sent. */
export const UNSENT_MILLISECONDS = 24 * 3_600_000
/** So many files of one principal may wait to be sent in an organisation. */
export const MAX_UNSENT = 50
export const MAX_NAME_LENGTH = 200
