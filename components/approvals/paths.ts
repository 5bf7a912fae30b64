export const approvalsPath = (slug: string) => `/o/${slug}/approvals`
