'use client'

import { useEffect, useState } from 'react'
import { requestJson } from '@/components/api/request'

export interface ModelChoice {
  id: string
  label: string
  scripted: boolean
  takesImages: boolean
}

type Models = { state: 'loading' } | { state: 'ready'; models: ModelChoice[] } | { state: 'failed' }

const known = new Map<string, ModelChoice[]>()
const asking = new Map<string, Promise<ModelChoice[]>>()

/** One request for all who ask at once. */
function askFor(organisationId: string): Promise<ModelChoice[]> {
  const underWay = asking.get(organisationId)
  if (underWay) return underWay
  const asked = requestJson<{ models: ModelChoice[] }>(`/api/models?org=${encodeURIComponent(organisationId)}`)
    .then(({ models }) => {
      known.set(organisationId, models)
      return models
    })
    .finally(() => asking.delete(organisationId))
  asking.set(organisationId, asked)
  return asked
}

/** The models of the organisation, the default first. Asked for once per page. */
export function useModels(organisationId: string): Models {
  const [models, setModels] = useState<Models>(() => {
    const cached = known.get(organisationId)
    return cached ? { state: 'ready', models: cached } : { state: 'loading' }
  })
  useEffect(() => {
    let isWanted = true
    askFor(organisationId).then(
      (models) => isWanted && setModels({ state: 'ready', models }),
      () => isWanted && setModels({ state: 'failed' }),
    )
    return () => {
      isWanted = false
    }
  }, [organisationId])
  return models
}

/** Whether the chosen model (null: the default) takes images; true while nobody knows: the server decides. */
export function useTakesImages(organisationId: string, chosen: string | null): boolean {
  const models = useModels(organisationId)
  if (models.state !== 'ready') return true
  const model = models.models.find(({ id }) => id === chosen) ?? models.models[0]
  return model?.takesImages ?? true
}
