require('../start.js').start('configure');
