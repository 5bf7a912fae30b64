import type { IncomingMessage } from 'node:http'

/** What handlers know of a request: a web `Request` is one, and so is Node's own without becoming one. */
export interface ApiRequest extends Pick<Request, 'method' | 'url' | 'headers' | 'signal' | 'body'> {
  /** The request as Node has it, whose body can be read without a web stream; absent where there is none. */
  readonly incoming?: IncomingMessage
}
