// What main left for its post step; empty where there is nothing to do.
if (process.env.STATE_creation) require('../index.js').cleanup();
