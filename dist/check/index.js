require('../index.js').check();
