import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { NotifySettings } from '@/components/attention/notify-settings'
import { LockedNote } from '@/components/settings/form/settings-form'
import { PageFrame, Section } from '@/components/settings/page-frame'
import { PasswordForm } from '@/components/settings/profile/password-form'
import { ProfileForm } from '@/components/settings/profile/profile-form'
import { SignOutEverywhere } from '@/components/settings/profile/sign-out-everywhere'
import { getProfile } from '@/lib/access/profile'

export const metadata: Metadata = { title: 'Profile' }

export default async function ProfilePage({ params }: { params: Promise<{ slug: string }> }) {
  const access = await requireSettingsPage((await params).slug, 'viewer')
  if (access.denied) return access.denied
  const profile = await getProfile(access.ctx)
  return (
    <PageFrame title="Profile" description="Your account, the same in every organisation.">
      <ProfileForm profile={profile} />
      <Section title="Password" description="Changing it ends your sign-ins on all other devices.">
        {profile.provisioned ? (
          <LockedNote reason="A provisioning file manages your password." />
        ) : profile.hasPassword ? (
          <PasswordForm email={profile.email} />
        ) : (
          <LockedNote reason="You sign in through the single sign-on: there is no password here." />
        )}
      </Section>
      <Section title="Notifications" description="Of this browser, while none of its Longwatch tabs is seen.">
        <NotifySettings />
      </Section>
      <Section title="Sign-ins" description="When a device is lost, or you forgot to sign out somewhere.">
        <SignOutEverywhere />
      </Section>
    </PageFrame>
  )
}
