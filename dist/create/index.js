require('../index.js').create();
