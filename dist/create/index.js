require('../start.js').start('create');
