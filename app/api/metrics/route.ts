import { handlePlain } from '@/lib/http/handle'
import { scrape } from '@/lib/telemetry/scrape'

export const GET = handlePlain('/api/metrics', (_services, request) => scrape(request.headers))
