import type {
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider'

/** A completed step of the run that is under way, as it goes back to the model: the provider's own metadata included. */
export interface StepRecord {
  content: (LanguageModelV4TextPart | LanguageModelV4ReasoningPart | LanguageModelV4ToolCallPart)[]
  results: LanguageModelV4ToolResultPart[]
  /** Tool call id → evidence id, so that a result can be named by it once its preview has shrunk. */
  evidence?: Record<string, string>
}
