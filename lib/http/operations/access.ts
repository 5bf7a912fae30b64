import { z } from 'zod'
import { ROLES } from '@/lib/access/types'
import { defineOperation } from '@/lib/http/operation'

const organisation = z.object({ id: z.string(), slug: z.string(), name: z.string() })

export const me = defineOperation({
  method: 'GET',
  path: '/api/me',
  summary: 'Who calls, and in which organisations with which role',
  response: z.object({
    principal: z.object({
      kind: z.enum(['user', 'token']),
      id: z.string(),
      name: z.string(),
      email: z.string().optional(),
      serverAdmin: z.boolean().optional().describe('Of people: may create organisations'),
    }),
    memberships: z.array(z.object({ organisation, role: z.enum(ROLES) })),
  }),
})

export const setup = defineOperation({
  method: 'POST',
  path: '/api/setup',
  summary: 'The first user, organisation and admin, with the one-time code from the server’s log',
  auth: 'none',
  status: 201,
  maxBodyBytes: 16_384,
  body: z.object({
    code: z.string().min(1).max(100),
    email: z.email('expected an e-mail address').max(254),
    name: z.string().trim().min(1).max(100),
    password: z.string().min(8).max(1024),
    organisation: z.string().trim().min(1).max(100).describe('Its name; the slug is made from it'),
  }),
  response: z.object({ user: z.object({ id: z.string(), email: z.string(), name: z.string() }), organisation }),
})
