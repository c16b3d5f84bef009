// An OpenID Connect provider for tests: oidc-provider with its own login forms, whose people stand in
// a file that is read whenever somebody is asked for.
//   node issuer.mjs PORT PEOPLE.json CLIENTS.json MODULES
// PEOPLE: {"alice": {"preferred_username": "alice", "email": ..., "groups": [...]}}; who is not in it
// is nobody. MODULES: the folder that has oidc-provider.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [port, people, clients, modules] = process.argv.slice(2);
const { default: Provider } = await import(
  pathToFileURL(`${modules}/oidc-provider/lib/index.js`).href);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: JSON.parse(readFileSync(clients)),
  cookies: { keys: ['for tests'] },
  // Claims of scopes are at the userinfo endpoint then, as the specification has it.
  conformIdTokenClaims: !process.env.CLAIMS_IN_ID_TOKEN,
  claims: { openid: ['sub'], email: ['email', 'email_verified'],
            profile: ['preferred_username', 'name', 'groups'] },
  pkce: { required: () => true, methods: ['S256'] },
  findAccount: (ctx, id) => {
    const person = JSON.parse(readFileSync(people))[id];
    return person && { accountId: id, claims: () => ({ sub: id, ...person }) };
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
