require('../start.js').start('delete');
