// Where the engine's endpoints are.

export const endpoints = {
  authorization: '/authorize',
  /** Where people type the code of a device; the page is ours, the engine takes over once they have agreed. */
  code_verification: '/device',
  device_authorization: '/device-authorization',
  end_session: '/logout',
  introspection: '/token/introspection',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  registration: '/client-registration',
  revocation: '/token/revocation',
  token: '/token',
  userinfo: '/userinfo',
} as const;
