require('../index.js').delete();
