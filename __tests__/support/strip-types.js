import { stripTypeScriptTypes } from 'node:module';

// Jest loads a file as Node does: types become spaces, so positions stay and source maps aren't needed.
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
