import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration, type JWK } from 'oidc-provider'

/** What the issuer says of an account; the login name is its `sub`. */
export type IssuedClaims = Record<string, unknown>

export interface IssuerOptions {
  clientId: string
  clientSecret: string
  redirectUris: string[]
  /** Address and groups in the ID token itself, not at the userinfo endpoint only. */
  claimsInIdToken?: boolean
}

/** A real OpenID provider on loopback: a form that asks for a login name, and claims that tests choose. */
export class Issuer {
  readonly url: string
  /** By login name. */
  readonly accounts = new Map<string, IssuedClaims>()
  readonly #server: Server

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async start(options: (url: string) => IssuerOptions): Promise<Issuer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const issuer = new Issuer(server, url)
    const provider = new Provider(url, configuration(issuer, options(url)))
    const answer = provider.callback()
    server.on('request', (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return void answer(request, response)
      if (request.method !== 'POST') return void response.setHeader('content-type', 'text/html').end(FORM)
      let body = ''
      request.on('data', (chunk) => {
        body += String(chunk)
      })
      request.on('end', async () => {
        const accountId = new URLSearchParams(body).get('login') ?? ''
        const result = issuer.accounts.has(accountId)
          ? { login: { accountId, remember: false } }
          : { error: 'access_denied', error_description: 'There is no such account.' }
        await provider.interactionFinished(request, response, result)
      })
    })
    return issuer
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}

const FORM = `<!doctype html><html lang="en"><head><title>The issuer</title><link rel="icon" href="data:,"></head><body>
<form method="post"><label>Login <input name="login"></label><button>Continue</button></form></body></html>`

function configuration(issuer: Issuer, options: IssuerOptions): Configuration {
  return {
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: options.redirectUris,
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: !options.claimsInIdToken,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(24).toString('hex')] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...issuer.accounts.get(id) }) }),
    // Consent is the company's: nobody is asked.
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        accountId: ctx.oidc.session?.accountId,
        clientId: ctx.oidc.client?.clientId,
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
    renderError: (ctx, out) => {
      ctx.type = 'text'
      ctx.body = JSON.stringify(out)
    },
  }
}

function signingKey(): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), kid: 'test', use: 'sig', alg: 'RS256' }
}
