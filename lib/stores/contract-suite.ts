import { afterAll, beforeAll, describe } from 'vitest'
import { commitBehaviour } from '@/lib/stores/contract-suite/commits'
import { counterBehaviour } from '@/lib/stores/contract-suite/counters'
import { documentBehaviour } from '@/lib/stores/contract-suite/documents'
import { leaseBehaviour } from '@/lib/stores/contract-suite/leases'
import { listingBehaviour } from '@/lib/stores/contract-suite/listings'
import { logBehaviour } from '@/lib/stores/contract-suite/logs'
import type { StorePair } from '@/lib/stores/contract-suite/pair'
import { processBehaviour } from '@/lib/stores/contract-suite/processes'
import { signalBehaviour } from '@/lib/stores/contract-suite/signals'

/**
 * What every driver must do. `openPair` opens two connections to the same, fresh data, and says how another process
 * opens it; a driver's own test calls this once per way to connect.
 */
export function describeStoreContract(name: string, openPair: () => Promise<StorePair>) {
  describe(`store contract: ${name}`, () => {
    let pair: StorePair | undefined
    const current = () => {
      if (!pair) throw new Error('The pair of stores is opened before each group of tests.')
      return pair
    }

    beforeAll(async () => {
      pair = await openPair()
    })
    afterAll(() => pair?.dispose())

    describe('commits', () => commitBehaviour(current))
    describe('documents', () => documentBehaviour(current))
    describe('listings', () => listingBehaviour(current))
    describe('logs', () => logBehaviour(current))
    describe('leases', () => leaseBehaviour(current))
    describe('counters', () => counterBehaviour(current))
    describe('signals', () => signalBehaviour(current))
    describe('processes', () => processBehaviour(current))
  })
}
