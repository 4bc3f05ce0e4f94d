require('../start.js').start('check');
