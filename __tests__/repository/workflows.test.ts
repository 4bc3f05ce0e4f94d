import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, matchesGlob, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
/** The workflows use commands of GitHub's runners for Linux. */
const isSupported = process.platform === 'linux' && spawnSync('jq', ['--version']).status === 0;
const sha = 'a'.repeat(40);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workflows-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, string>;
}

function step(workflow: string, job: string, name: string): Step {
  const { jobs } = parse(readFileSync(join(root, '.github/workflows', workflow), 'utf8'));
  const steps: Step[] = jobs[job].steps;
  const found = steps.find((one) => one.name === name || one.uses?.startsWith(`${name}@`));
  if (found === undefined) throw new Error(`${workflow} has no step "${name}"`);
  return found;
}

/** Runs a step's commands in the folder, as a runner does, with a `gh` that records its arguments. */
function run({ run = '' }: Step, env: Record<string, string>) {
  const output = join(folder, 'GITHUB_OUTPUT');
  writeFileSync(output, '');
  const path = `${join(folder, 'bin')}:${process.env.PATH}`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-e', '-c', run], {
    cwd: folder,
    env: { PATH: path, GITHUB_OUTPUT: output, GITHUB_SHA: sha, GH_REPO: 'org/repo', ...env },
    encoding: 'utf8',
  });
  const log = join(folder, 'calls');
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return { status, log: stdout + stderr, calls, output: readFileSync(output, 'utf8') };
}

/** @param responses what `gh` prints for calls that read, as cases; it only records all others */
function fakeGh(responses: string): void {
  mkdirSync(join(folder, 'bin'));
  const file = join(folder, 'bin/gh');
  const text = `#!/bin/bash\ncase "$*" in\n  ${responses};;\n  *) echo "$*" >> "${folder}/calls" ;;\nesac\n`;
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

(isSupported ? describe : describe.skip)('the release', () => {
  const move = () => step('major-tag.yml', 'move', "Move the major tag, unless it's on a newer release");

  test.each([
    ['v1.0.10', 'v1.0.9 v0.30.0 v2.0.0 v10.0.0'],
    ['v1.0.0', ''],
  ])('%s takes the major tag after %s', (tag, released) => {
    fakeGh(`release\\ list*) printf '%s\\n' ${released} `);
    const { status, calls } = run(move(), { GITHUB_REF_NAME: tag });
    expect(status).toBe(0);
    expect(calls).toEqual([
      `api --method PATCH repos/org/repo/git/refs/tags/v1 --field sha=${sha} --field force=true`,
    ]);
  });

  test("of an old version doesn't move the major tag", () => {
    fakeGh("release\\ list*) printf '%s\\n' v1.1.0 v1.0.4 ");
    const { status, calls, log } = run(move(), { GITHUB_REF_NAME: 'v1.0.5' });
    expect({ status, calls }).toEqual({ status: 0, calls: [] });
    expect(log).toContain('v1 stays at v1.1.0');
  });

  test("fails, and moves nothing, if the releases can't be read", () => {
    fakeGh('release\\ list*) exit 1 ');
    const { status, calls } = run(move(), { GITHUB_REF_NAME: 'v1.0.5' });
    expect({ status, calls }).toEqual({ status: 1, calls: [] });
  });

  test('needs a commit of the default branch', () => {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@x.example', ...args], {
        encoding: 'utf8',
      }).trim();
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '--message', 'reviewed');
    const reviewed = git('rev-parse', 'HEAD');
    git('update-ref', 'refs/remotes/origin/main', reviewed);
    git('commit', '--quiet', '--allow-empty', '--message', 'not reviewed');
    const check = step('release.yml', 'verify', 'Check that the tag is on the default branch');
    const env = { BRANCH: 'main', GITHUB_REF_NAME: 'v1.0.0' };
    expect(run(check, { ...env, GITHUB_SHA: reviewed }).status).toBe(0);
    const rejected = run(check, { ...env, GITHUB_SHA: git('rev-parse', 'HEAD') });
    expect(rejected.status).toBe(1);
    expect(rejected.log).toContain("::error::v1.0.0 isn't on main");
  });

  describe('of the npm package', () => {
    const publish = () => step('release.yml', 'npm', 'Stage it, unless npm has this version');

    /** @param published what `npm view` prints; npm fails if it's undefined */
    function fakeNpm(published: string | undefined): void {
      mkdirSync(join(folder, 'bin'));
      const view = published === undefined ? 'exit 1' : `echo ${published}`;
      const text = `#!/bin/bash\ncase "$1" in\n  view) ${view} ;;\n  *) echo "$*" >> "${folder}/calls" ;;\nesac\n`;
      writeFileSync(join(folder, 'bin/npm'), text, { mode: 0o755 });
    }

    test.each([
      ['before the first release', undefined],
      ['after another release', ''],
    ])('stages what the first job built, %s', (_, published) => {
      fakeNpm(published);
      const { status, calls } = run(publish(), { GITHUB_REF_NAME: 'v1.0.0' });
      expect({ status, calls }).toEqual({
        status: 0,
        calls: ['stage publish ./package/capture-client-action-1.0.0.tgz --access public --ignore-scripts'],
      });
    });

    test('leaves a version that npm already has', () => {
      fakeNpm('1.0.0');
      const { status, calls, log } = run(publish(), { GITHUB_REF_NAME: 'v1.0.0' });
      expect({ status, calls }).toEqual({ status: 0, calls: [] });
      expect(log).toContain('npm already has capture-client-action 1.0.0');
    });

    test('runs no code of the repository, and has no permission but the one for trusted publishing', () => {
      const { jobs } = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'));
      const { permissions, environment, steps } = jobs.npm;
      expect({ permissions, environment }).toEqual({
        permissions: { 'id-token': 'write' },
        environment: 'npm',
      });
      expect(steps.flatMap(({ uses = '' }: Step) => uses.split('@')[0] || [])).toEqual([
        'step-security/harden-runner',
        'actions/setup-node',
        'actions/download-artifact',
      ]);
      expect(JSON.stringify(jobs)).not.toMatch(/secrets\.|NODE_AUTH_TOKEN/);
    });
  });

  test('is a draft with the archive, the list of packages, and notes that say how to pin it', () => {
    fakeGh('none) ');
    write('CHANGELOG.md', '# Changelog\n\n## [1.1.0]\n\n- New.\n\n## [1.0.0]\n\n- First.\n');
    for (const file of ['v1.1.0.tar.gz', 'v1.1.0.cdx.json']) write(`capture-client-action-${file}`, '');
    const env = { GITHUB_REF_NAME: 'v1.1.0', GITHUB_REPOSITORY: 'acme/capture-client-action' };
    const { status, calls } = run(step('release.yml', 'draft', 'Draft the release'), env);
    expect({ status, calls }).toEqual({
      status: 0,
      calls: [
        'release create v1.1.0 --draft --verify-tag --title v1.1.0 --notes-file notes.md ' +
          'capture-client-action-v1.1.0.tar.gz capture-client-action-v1.1.0.cdx.json',
      ],
    });
    expect(readFileSync(join(folder, 'notes.md'), 'utf8')).toBe(
      `\n- New.\n\n\nPin it: \`acme/capture-client-action@${sha} # v1.1.0\`\n`,
    );
  });

  test('lists every package that can be in a bundle, and no tool', () => {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(folder, file));
    const list = step('release.yml', 'draft', 'List the packages that dist/ and the npm package are made of');
    expect(run(list, { GITHUB_REF_NAME: 'v1.0.0', HOME: folder })).toMatchObject({ status: 0, log: '' });
    const { metadata, components } = JSON.parse(
      readFileSync(join(folder, 'capture-client-action-v1.0.0.cdx.json'), 'utf8'),
    );
    expect(metadata.component.name).toBe('capture-client-action');
    const names = new Set(components.map(({ name }: { name: string }) => name));
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect([...names]).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(Object.keys(devDependencies).filter((name) => names.has(name))).toEqual([]);
  });

  test('is rejected if package.json or the changelog has another version', () => {
    const check = step('release.yml', 'verify', 'Check the tag against package.json and the changelog');
    write('package.json', '{"version": "1.0.0"}');
    write('CHANGELOG.md', '## [1.0.0]\n');
    expect(run(check, { GITHUB_REF_NAME: 'v1.0.0' }).status).toBe(0);
    expect(run(check, { GITHUB_REF_NAME: 'v1.0.1' }).status).not.toBe(0);
    write('CHANGELOG.md', '## [0.9.0]\n');
    expect(run(check, { GITHUB_REF_NAME: 'v1.0.0' }).status).not.toBe(0);
  });

  test('attests every file that a runner executes', () => {
    const subjects = step('release.yml', 'draft', 'Sign the provenance of every file that a runner executes')
      .with?.['subject-path'];
    const globs = subjects?.trim().split('\n') ?? [];
    const executed = globSync(['action.yml', '*/action.yml', 'dist/**/*.js'], {
      cwd: root,
      exclude: (name) => name === 'node_modules',
    });
    expect(executed.length).toBeGreaterThan(10);
    expect(executed.filter((file) => !globs.some((glob) => matchesGlob(file, glob)))).toEqual([]);
  });
});

(isSupported ? describe : describe.skip)('the build for Dependabot', () => {
  const env = { HEAD_SHA: sha, BRANCH: 'dependabot/npm_and_yarn/x', RUN_ID: '1' };
  const commit = () =>
    step('dist-commit.yml', 'commit', 'Commit the differences, unless the branch has moved');

  function blob(text: string): string {
    return createHash('sha1')
      .update(`blob ${Buffer.byteLength(text)}\0${text}`)
      .digest('hex');
  }

  /** Sets the files of the branch, as GitHub's API returns them. */
  function branchHas(files: Record<string, string>): void {
    const tree = Object.entries(files).map(([path, text]) => ({ path, type: 'blob', sha: blob(text) }));
    write('tree.json', JSON.stringify({ tree: [...tree, { path: 'dist', type: 'tree', sha }] }));
    fakeGh(`"api repos/org/repo/git/trees/"*) jq --raw-output "\${@: -1}" "${folder}/tree.json" `);
  }

  test('makes no commit if the branch already has it', () => {
    branchHas({ 'dist/a.js': 'one\r\n', 'dist/b/c.js': 'two', 'src/a.ts': 'x' });
    write('artifact/dist/a.js', 'one\r\n');
    write('artifact/dist/b/c.js', 'two');
    expect(run(commit(), env)).toMatchObject({ status: 0, calls: [], output: '' });
  });

  test('is committed as far as it differs, and starts CI', () => {
    branchHas({ 'dist/a.js': 'one', 'dist/b.js': 'two', 'dist/gone.js': 'x', 'src/a.ts': 'x' });
    write('artifact/dist/a.js', 'one');
    write('artifact/dist/b.js', 'zwölf');
    write('artifact/dist/c/new.js', '');
    const { status, calls, output, log } = run(commit(), env);
    expect({ status, log }).toEqual({ status: 0, log: '' });
    expect(calls).toEqual(['api graphql --input request.json']);
    expect(output).toBe('done=true\n');
    const { variables } = JSON.parse(readFileSync(join(folder, 'artifact/request.json'), 'utf8'));
    expect(variables.input).toMatchObject({
      branch: { repositoryNameWithOwner: 'org/repo', branchName: env.BRANCH },
      expectedHeadOid: sha,
    });
    const { additions, deletions } = variables.input.fileChanges;
    expect(
      new Map(additions.map((one: { path: string; contents: string }) => [one.path, one.contents])),
    ).toEqual(
      new Map([
        ['dist/b.js', Buffer.from('zwölf').toString('base64')],
        ['dist/c/new.js', ''],
      ]),
    );
    expect(deletions).toEqual([{ path: 'dist/gone.js' }]);
  });

  test.each<[string, () => void]>([
    ['a link', () => symlinkSync('/etc/passwd', join(folder, 'dist/link.js'))],
    ['a file outside of dist/', () => write('action.yml', 'x')],
    ['two dots in a name', () => write('dist/x..js', 'x')],
  ])('is rejected with %s in its archive', (_, add) => {
    const check = step(
      'dist-commit.yml',
      'commit',
      "Check that it's small and has only regular files below dist/",
    );
    const pack = (): void => {
      const names = globSync('{dist,action.yml}', { cwd: folder });
      execFileSync('tar', ['--create', '--file', 'artifact/dist.tar', ...names], { cwd: folder });
    };
    write('dist/index.js', 'x');
    write('artifact/dist.tar', '');
    pack();
    expect(run(check, env).status).toBe(0);
    add();
    pack();
    expect(run(check, env).status).toBe(1);
  });
});

const workflows = globSync('*.yml', { cwd: join(root, '.github/workflows') }).map((file) => {
  return [file, parse(readFileSync(join(root, '.github/workflows', file), 'utf8'))] as const;
});

describe.each(workflows)('%s', (file, { permissions, jobs, ...workflow }) => {
  test('lets every job reach only the hosts that it names', () => {
    for (const { steps } of Object.values<{ steps: Step[] }>(jobs)) {
      const [{ uses = '', with: inputs }] = steps as [Step];
      expect(uses).toMatch(/^step-security\/harden-runner@[\da-f]{40}$/);
      expect(inputs?.['egress-policy']).toBe('block');
      const endpoints = inputs?.['allowed-endpoints']?.trim().split(' ') ?? [];
      expect(endpoints).toEqual([...new Set(endpoints)].sort());
      for (const endpoint of endpoints) expect(endpoint).toMatch(/^(\*\.)?[\w-]+(\.[\w-]+)+:(443|80)$/);
    }
  });

  test('gives permissions to jobs only, and reads and writes no cache', () => {
    expect(permissions).toEqual({});
    // Scorecard accepts results only from a workflow whose keys it knows. It uses no cache.
    expect(workflow['cache-mode']).toBe(file === 'scorecard.yml' ? undefined : 'none');
  });
});

describe('what a runner downloads', () => {
  const archive = execFileSync('git', ['archive', '--worktree-attributes', 'HEAD'], {
    cwd: root,
    maxBuffer: 2 ** 30,
  });
  const files = execFileSync('tar', ['--list', '--file', '-'], { input: archive, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !file.endsWith('/'));

  test('has every file that a manifest names, and the bundle', () => {
    const manifests = files.filter((file) => /^(\w+\/)?action\.yml$/.test(file));
    expect(manifests).toContain('action.yml');
    for (const manifest of manifests) {
      const { runs } = parse(readFileSync(join(root, manifest), 'utf8'));
      for (const file of [runs.main, runs.post].filter((name) => name !== undefined)) {
        expect(files).toContain(join(dirname(manifest), file));
      }
    }
    expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/package.json', 'LICENSE']));
  });

  test('has nothing else but documents for users', () => {
    const others = files.filter(
      (file) => !/^(\w+\/)?action\.yml$|^dist\/|^docs\/(?!development\/)/.test(file),
    );
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json']);
  });

  test('is smaller than 300 kB', () => {
    expect(gzipSync(archive).length).toBeLessThan(300_000);
  });
});
