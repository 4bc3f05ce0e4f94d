/** How far a check goes. Each mode includes the ones before it. */
export const checkModes = ['credentials', 'life', 'all'] as const;
