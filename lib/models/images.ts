import type { Provider } from '@/lib/models/config'

const SEEING = /^(gpt-4o|chatgpt-4o|gpt-4\.1|gpt-4\.5|gpt-4-turbo|gpt-5|o1(?!-mini|-preview)|o3(?!-mini)|o4)/

/** Whether a model takes images when nobody said: OpenAI's own that are known to, and no other. */
export const takesImagesByDefault = (provider: Provider, model: string): boolean =>
  provider === 'openai' && SEEING.test(model)
