import { authenticate } from '@/lib/auth/authenticate'
import { handleAuth } from '@/lib/auth/next-auth'
import type { Services } from '@/lib/context'

/** As much of a browser as signing in takes. */
export class Browser {
  private readonly services: Services
  readonly cookies = new Map<string, string>()
  /** As they were set, with their attributes. */
  readonly set: string[] = []
  private readonly origin: string
  private readonly address: string

  constructor(services: Services, address: string, origin = 'http://watch.test') {
    this.services = services
    this.address = address
    this.origin = origin
  }

  get cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async request(path: string, form?: Record<string, string>): Promise<Response> {
    const { host, protocol } = new URL(this.origin)
    const request = new Request(this.origin + path, {
      method: form ? 'POST' : 'GET',
      headers: {
        host,
        cookie: this.cookie,
        'x-forwarded-for': this.address,
        'x-forwarded-proto': protocol.slice(0, -1),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: form && new URLSearchParams(form),
    })
    const response = await handleAuth(this.services, request)
    for (const line of response.headers.getSetCookie()) {
      this.set.push(line)
      const [pair = ''] = line.split(';')
      const equals = pair.indexOf('=')
      this.cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(pair.slice(0, equals))
    }
    return response
  }

  async signIn(email: string, password: string) {
    const { csrfToken } = await (await this.request('/api/auth/csrf')).json()
    const form = { csrfToken, email, password, json: 'true', callbackUrl: `${this.origin}/o/acme` }
    const response = await this.request('/api/auth/callback/credentials', form)
    return { status: response.status, url: (await response.json()).url as string, response }
  }

  /** Signs in at the issuer under a login name, hop by hop as a browser does; gives where that leads here. */
  async signOn(login: string): Promise<string> {
    const { csrfToken } = await (await this.request('/api/auth/csrf')).json()
    const form = { csrfToken, json: 'true', callbackUrl: `${this.origin}/o/acme` }
    const begun = await this.request('/api/auth/signin/oidc', form)
    let url = new URL((await begun.json()).url)
    const jar = new Map<string, string>()
    let body: URLSearchParams | undefined
    for (let hop = 0; url.origin !== this.origin; hop += 1) {
      if (hop > 10) throw new Error(`The issuer does not come back: ${url}`)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(url, {
        method: body ? 'POST' : 'GET',
        headers: { cookie },
        body,
        redirect: 'manual',
      })
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';')
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
      }
      const location = response.headers.get('location')
      // Not a redirect: the form that asks for the login name.
      if (location) url = new URL(location, url)
      else if (body || response.status !== 200) throw new Error(`${url} answered ${await response.text()}`)
      body = location ? undefined : new URLSearchParams({ login })
    }
    while (url.pathname.startsWith('/api/auth/')) {
      const back = await this.request(url.pathname + url.search)
      url = new URL(back.headers.get('location') ?? '/no-redirect', this.origin)
    }
    return url.pathname + url.search
  }

  principal = () => authenticate(this.services, new Request(this.origin, { headers: { cookie: this.cookie } }))
}
