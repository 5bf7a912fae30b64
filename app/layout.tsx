import type { Metadata, Viewport } from 'next'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { THEME_SCRIPT } from '@/components/ui/theme-script'
import { Toaster } from '@/components/ui/toaster'
import { withBasePath } from '@/lib/base-path'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Longwatch', template: '%s · Longwatch' },
  description: 'A chat for observability that keeps watch after you leave.',
  icons: { icon: withBasePath('/icon.svg') },
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  interactiveWidget: 'resizes-content',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fafbfc' },
    { media: '(prefers-color-scheme: dark)', color: '#11171c' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? undefined
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* The browser empties `nonce` after use, which hydration would report. */}
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours, under the page's nonce */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
      </head>
      <body>
        {children}
        <Toaster />
      </body>
    </html>
  )
}
