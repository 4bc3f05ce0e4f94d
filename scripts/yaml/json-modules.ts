/** GitHub's language service imports JSON without saying so, which Node refuses; this says it in its place. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url.endsWith('.json')
      ? { ...resolved, importAttributes: { ...resolved.importAttributes, type: 'json' } }
      : resolved;
  },
});
