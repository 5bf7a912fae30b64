import { randomUUID } from 'node:crypto'
import { createOrganisation, putMember } from '@/lib/access/organisations'
import type { Organisation, Role } from '@/lib/access/types'
import { createUser } from '@/lib/access/users'
import type { Ctx, Services } from '@/lib/context'
import { Harness } from '@/lib/mcp/testing/harness'
import type { ToolHub } from '@/lib/mcp/types'

/** A harness whose organisation has people, for what administrators decide. */
export class Governed extends Harness {
  admin!: Ctx
  editor!: Ctx
  viewer!: Ctx
  stranger!: Ctx
  #current!: ToolHub

  constructor() {
    super(['127.0.0.0/8'])
  }

  override async open() {
    await super.open()
    const { store } = this
    const organisation: Organisation = await createOrganisation(store, { slug: 'acme', name: 'Acme', externalId: '7' })
    Object.assign(this.organisation, organisation)
    const person = async (name: string, role: Role | null): Promise<Ctx> => {
      const { id } = await createUser(store, { email: `${name}@acme.test`, name, password: null })
      if (role) await putMember(store, organisation.id, { userId: id, role })
      const services = new Proxy({} as Services, {
        get: (_, field) => (field === 'store' ? store : field === 'tools' ? this.#current : undefined),
      })
      return { services, principal: { kind: 'user', id }, requestId: randomUUID() }
    }
    this.admin = await person('ada', 'admin')
    this.editor = await person('eddie', 'editor')
    this.viewer = await person('vera', 'viewer')
    this.stranger = await person('sam', null)
  }

  /** The hub that the people's calls go through, and what they see from now on. */
  use(hub: ToolHub): ToolHub {
    this.#current = hub
    return hub
  }
}
