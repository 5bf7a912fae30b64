import { notFound, redirect } from 'next/navigation'
import { loadWorkspace } from '@/app/o/[slug]/load-workspace'
import { settingsPagesFor, settingsPath } from '@/components/settings/navigation'

/** The first page that the caller may open. */
export default async function SettingsIndex({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const { current } = await loadWorkspace(slug)
  const [first] = settingsPagesFor(current.role)
  if (!first) notFound()
  redirect(settingsPath(slug, first.name))
}
