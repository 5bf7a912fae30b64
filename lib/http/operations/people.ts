import { z } from 'zod'
import { INVITATION_DAYS } from '@/lib/access/invitations'
import { ROLES } from '@/lib/access/types'
import { defineOperation, idParams, organisationQuery, pageOf, pageQuery } from '@/lib/http/operation'

const role = z.enum(ROLES)
const name = z.string().trim().min(1).max(100)
const email = z.email('expected an e-mail address').max(254)
const password = z.string().min(8, 'a password has at least 8 characters').max(1024)
const linkSecret = z.string().min(1).max(200).describe('The last part of the link')
const person = z.object({ id: z.string(), name: z.string() })
const organisation = z.object({ id: z.string(), slug: z.string(), name: z.string() })
const listQuery = pageQuery.extend(organisationQuery.shape)
/** Of small forms. */
const maxBodyBytes = 16_384

const member = z.object({
  user: person.extend({ email: z.string() }),
  role,
  source: z.enum(['admin', 'provisioning', 'single-sign-on']).describe('What decides over the membership'),
  disabled: z.boolean(),
  hasPassword: z.boolean(),
  createdAt: z.number().describe('Unix milliseconds'),
})
const userParams = z.object({ userId: z.string().min(1).max(200) })

export const listMembers = defineOperation({
  method: 'GET',
  path: '/api/members',
  summary: 'The members of an organisation, for admins',
  query: listQuery,
  response: pageOf('members', member),
})

export const changeMember = defineOperation({
  method: 'PATCH',
  path: '/api/members/{userId}',
  summary: 'Another role for a member; 409 for the last admin and where provisioning or the single sign-on decides',
  params: userParams,
  query: organisationQuery,
  body: z.object({ role }),
  response: member,
  maxBodyBytes,
})

export const removeMember = defineOperation({
  method: 'DELETE',
  path: '/api/members/{userId}',
  summary: 'Ends a membership: the member’s tokens end, their runs stop; 409 for the last admin',
  params: userParams,
  query: organisationQuery,
})

export const offerPasswordReset = defineOperation({
  method: 'POST',
  path: '/api/members/{userId}/password-reset',
  summary: 'A link by which a member sets a new password, for an admin to hand over: once, within 24 hours',
  params: userParams,
  query: organisationQuery,
  response: z.object({ url: z.string(), expiresAt: z.number() }),
  status: 201,
})

export const resetPassword = defineOperation({
  method: 'POST',
  path: '/api/password-reset',
  summary: 'Sets the password that the link is for, and ends all sign-ins',
  auth: 'none',
  body: z.object({ secret: linkSecret, password }),
  response: z.object({ email: z.string() }),
  maxBodyBytes,
})

const invitation = z.object({
  id: z.string(),
  role,
  email: z.string().nullable().describe('Only the person of this address may accept; null: whoever has the link'),
  status: z.enum(['open', 'accepted', 'revoked', 'expired']),
  createdBy: person,
  acceptedBy: person.nullable(),
  createdAt: z.number(),
  expiresAt: z.number(),
})

export const listInvitations = defineOperation({
  method: 'GET',
  path: '/api/invitations',
  summary: 'Invitations, newest first, those that ended in the last month included; for admins',
  query: listQuery,
  response: pageOf('invitations', invitation),
})

export const createInvitation = defineOperation({
  method: 'POST',
  path: '/api/invitations',
  summary: 'An invitation by link, for an admin who is signed in to hand over; the link is shown this once',
  query: organisationQuery,
  body: z.object({
    role,
    email: email.optional(),
    expiresInDays: z.number().int().min(1).max(INVITATION_DAYS.most).default(INVITATION_DAYS.usual),
  }),
  response: z.object({ invitation, url: z.string() }),
  status: 201,
  maxBodyBytes,
})

export const revokeInvitation = defineOperation({
  method: 'DELETE',
  path: '/api/invitations/{id}',
  summary: 'Ends an invitation; 409 when it was accepted',
  params: idParams,
})

export const acceptInvitation = defineOperation({
  method: 'POST',
  path: '/api/invitations/accept',
  summary: 'Becomes a member as the signed-in person, or with a new account; a link that is of no use is a 404',
  auth: 'none',
  body: z.object({ secret: linkSecret, account: z.object({ email, name, password }).optional() }),
  response: z.object({ organisation, role }),
  status: 201,
  maxBodyBytes,
})

export const createOrganisation = defineOperation({
  method: 'POST',
  path: '/api/organisations',
  summary: 'A new organisation, by a server administrator, who becomes its admin',
  body: z.object({
    name,
    slug: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'expected 1 to 40 small letters, digits and hyphens')
      .optional()
      .describe('Stands in addresses; made from the name when it is left out'),
  }),
  response: z.object({ organisation }),
  status: 201,
  maxBodyBytes,
})

const profile = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  hasPassword: z.boolean(),
  singleSignOn: z.boolean(),
  provisioned: z.boolean(),
  serverAdmin: z.boolean(),
})

export const getProfile = defineOperation({
  method: 'GET',
  path: '/api/profile',
  summary: 'The account of the signed-in person',
  response: profile,
})

export const changeProfile = defineOperation({
  method: 'PATCH',
  path: '/api/profile',
  summary: 'Another name; 409 for provisioned accounts',
  body: z.object({ name }),
  response: profile,
  maxBodyBytes,
})

export const changePassword = defineOperation({
  method: 'POST',
  path: '/api/profile/password',
  summary: 'Another password, against the one until now; it ends all sign-ins, this one too',
  body: z.object({ current: z.string().min(1).max(1024), password }),
  maxBodyBytes,
})

export const signOutEverywhere = defineOperation({
  method: 'POST',
  path: '/api/profile/sign-out-everywhere',
  summary: 'Ends every sign-in of the caller’s, this one too',
})

const token = z.object({
  id: z.string(),
  name: z.string(),
  role,
  prefix: z.string().describe('The first characters of the value'),
  status: z.enum(['live', 'expired', 'revoked']),
  createdBy: person.nullable().describe('Whose it is: it never may more than they, and ends with their membership'),
  provisioned: z.boolean(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
  revokedAt: z.number().nullable(),
})

export const listTokens = defineOperation({
  method: 'GET',
  path: '/api/tokens',
  summary: 'API tokens, newest first: the caller’s own; for admins all of the organisation',
  query: listQuery,
  response: pageOf('tokens', token),
})

export const createToken = defineOperation({
  method: 'POST',
  path: '/api/tokens',
  summary: 'An API token of the signed-in person’s, with at most their role; its value is shown this once',
  query: organisationQuery,
  body: z.object({
    name,
    role,
    expiresInDays: z.number().int().min(1).max(3650).nullable().describe('null: never'),
  }),
  response: z.object({ token, value: z.string() }),
  status: 201,
  maxBodyBytes,
})

export const revokeToken = defineOperation({
  method: 'DELETE',
  path: '/api/tokens/{id}',
  summary: 'Ends a token at once, by its owner or an admin',
  params: idParams,
})
