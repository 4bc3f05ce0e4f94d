require('../index.js').unseal();
