// Where the engine's endpoints are.

export const endpoints = {
  authorization: '/authorize',
  end_session: '/logout',
  introspection: '/token/introspection',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  registration: '/client-registration',
  revocation: '/token/revocation',
  token: '/token',
  userinfo: '/userinfo',
} as const;
