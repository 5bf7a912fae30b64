import { z } from 'zod'

const whole = (minimum: number, maximum: number) => z.number().int().min(minimum).max(maximum)

/** What each of an organisation's limits may be; a provisioning file and the settings agree on it. */
export const limitFields = {
  stepsPerRun: whole(1, 1000),
  minutesPerRun: whole(1, 1440),
  runsAtOnce: whole(1, 100_000),
  runsAtOncePerPrincipal: whole(1, 100_000),
  eventsPerRun: whole(100, 10_000_000),
  bytesPerRun: whole(65_536, 4_294_967_296),
  /** A fraction is some seconds. */
  approvalMinutes: z.number().min(0.01).max(525_600),
  logDays: whole(1, 3650),
  evidenceDays: whole(1, 3650),
  sessionDays: whole(1, 36_500).nullable(),
}

/** Some of the limits. */
export const someLimits = z.strictObject(limitFields).partial()
