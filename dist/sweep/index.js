require('../start.js').start('sweep');
