// A real OpenID Connect provider on loopback, for the tests: who signs in there is said in a small form.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const { port, clients, accounts } = JSON.parse(readFileSync(0, "utf8"));
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients,
  claims: { openid: ["sub"], email: ["email", "email_verified"], acr: null, amr: null, auth_time: null },
  conformIdTokenClaims: false,
  acrValues: ["urn:example:two", "urn:example:one"],
  cookies: { keys: ["a key of these tests alone"] },
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  findAccount: (_, id) => {
    const { sub, email, email_verified: verified } = accounts[id];
    return { accountId: id, claims: () => ({ sub: sub ?? id, email, email_verified: verified }) };
  },
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    grant.addOIDCClaims(["email", "email_verified", "acr", "amr", "auth_time"]);
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer(async (request, response) => {
  const path = new URL(request.url, issuer);
  if (!path.pathname.startsWith("/interaction/")) {
    answer(request, response);
    return;
  }
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    response.end('<form method="post"><input name="account"><button>Sign in</button></form>');
    return;
  }
  let body = "";
  for await (const part of request) {
    body += part;
  }
  const form = new URLSearchParams(body);
  if (form.get("account") === "") {
    await provider.interactionFinished(request, response, { error: "access_denied" });
    return;
  }
  const { acr, amr } = accounts[form.get("account")];
  const login = { accountId: form.get("account"), acr, amr, ts: Math.floor(Date.now() / 1000) };
  await provider.interactionFinished(request, response, { login });
}).listen(port, "127.0.0.1", () => console.log("ready"));
