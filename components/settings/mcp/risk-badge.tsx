import { Badge, type Tone } from '@/components/ui/badge'
import type { Risk } from '@/lib/access/types'

const TONES: Record<Risk, Tone> = { read: 'ok', write: 'warn', destructive: 'danger' }

export const RiskBadge = ({ risk }: { risk: Risk }) => <Badge tone={TONES[risk]}>{risk}</Badge>
