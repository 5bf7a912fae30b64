'use client'

import { Bell, BellOff } from 'lucide-react'
import { useNotifications } from '@/components/attention/notifications'
import { Button } from '@/components/ui/button'

/** Turns the browser's notifications of approvals on and off; `offer`: only as long as they were never asked for. */
export function NotifySwitch({ offer = false }: { offer?: boolean }) {
  const { permission, isOn, turnOn, turnOff } = useNotifications('waits')
  if (permission === 'unsupported' || (offer && permission !== 'default')) return null
  if (permission === 'denied') {
    return <p className="text-xs text-muted">This browser was told not to show notifications of this page.</p>
  }
  return (
    <Button
      size={offer ? 'small' : 'medium'}
      variant={offer ? 'quiet' : 'secondary'}
      onClick={isOn ? turnOff : turnOn}
      data-testid="notify-approvals"
      className={offer ? '-ml-2 justify-self-start' : undefined}
    >
      {isOn ? <BellOff size={14} aria-hidden /> : <Bell size={14} aria-hidden />}
      {isOn ? 'Do not notify me any more' : 'Notify me when this tab is hidden'}
    </Button>
  )
}
