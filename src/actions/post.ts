/** The `post` of the create action. Most create steps leave it nothing to do, and then the bundle isn't loaded. */
if (process.env.STATE_creation) void import('../main.ts').then(({ post }) => post());
