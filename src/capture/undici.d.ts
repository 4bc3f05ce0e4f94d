/** undici's own files: its index loads fetch, WebSocket, and more that nothing here uses. */
declare module 'undici/lib/api/api-connect.js' {
  export { connect as default } from 'undici';
}

declare module 'undici/lib/core/connect.js' {
  export { buildConnector as default } from 'undici';
}

declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici';
}

declare module 'undici/lib/dispatcher/proxy-agent.js' {
  export { ProxyAgent as default } from 'undici';
}
