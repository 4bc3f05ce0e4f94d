/** The `post` of create and check. Main usually leaves it nothing (`needsCleanup`), and then the bundle isn't loaded. */
if (process.env.STATE_creation) void import('./main.ts').then(({ post }) => post());
