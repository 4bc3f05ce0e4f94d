import { exec } from '../commands/exec.ts';
import { childEnvironment } from './child-environment.ts';
import { runProgram } from './program.ts';
import type { Shell } from './shell.ts';
import { flagOf } from './shell-words.ts';

export async function execInShell(shell: Shell): Promise<number> {
  const { inputs, log, run, program, options } = shell;
  const problems = [...run.problems, ...findProblems(shell)];
  return await exec({ ...shell, run: { ...run, problems } }, (credentials, onStart) => {
    const secrets = ['owner_client_secret', 'seal_key'].map(inputs.get);
    return runProgram(program, {
      env: childEnvironment(process.env, credentials, { names: options.env, secrets }),
      redact: options.redact,
      forms: log.forms,
      onStart,
      warn: (message) => log.warning(message),
    });
  });
}

function findProblems({ inputs, flags, program }: Shell): string[] {
  const problems = program[0] === '' ? ['COMMAND is empty. Pass a program after --.'] : [];
  if (inputs.get('sealed_credentials') !== '') {
    const unused = [...flags].filter(([name, value]) => value !== '' && !name.startsWith('seal'));
    for (const [name] of unused)
      problems.push(`${flagOf(name)} has no effect with sealed credentials. Remove it.`);
  } else if (inputs.get('seal_key') !== '' && inputs.get('owner_client_secret') === '') {
    problems.push(
      '`sealed_credentials` is missing. Pass what create encrypted in an earlier job, or set `owner_client_secret` to create a client.',
    );
  } else if (process.env.CAPTURE_CLIENT_ID) {
    // An earlier job probably meant its client to be used here.
    problems.push(
      'CAPTURE_CLIENT_ID is set without CAPTURE_SEALED_CREDENTIALS, and exec would create another client. To use that client, set CAPTURE_SEAL_KEY where it is created. To create another one, unset CAPTURE_CLIENT_ID.',
    );
  }
  return problems;
}
