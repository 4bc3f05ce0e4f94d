/** undici's own files, as its index brings fetch, WebSocket and more that nobody here uses. */
declare module 'undici/lib/api/api-connect.js' {
  export { connect as default } from 'undici';
}

declare module 'undici/lib/dispatcher/dispatcher.js' {
  export { Dispatcher as default } from 'undici';
}

declare module 'undici/lib/dispatcher/dispatcher1-wrapper.js' {
  export { Dispatcher1Wrapper as default } from 'undici';
}

declare module 'undici/lib/dispatcher/env-http-proxy-agent.js' {
  export { EnvHttpProxyAgent as default } from 'undici';
}

declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici';
}
