require('../start.js').start('unseal');
