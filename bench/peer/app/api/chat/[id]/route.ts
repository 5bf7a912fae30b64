import { readChat } from '../../../../chat-store.ts'

/** The stored chat: what the guide's page reads when it is loaded. */
export async function GET(_: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params
  return Response.json(await readChat(id))
}
