/** The one Trusted Types policy: lets our own scripts be started as workers, and nothing else. */

interface Policy {
  createScriptURL(url: string): unknown;
}

interface Factory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

let policy: Policy | null = null;

/** A script's address for `new Worker` and `register`. Throws where the page allows no policy of ours, or for a script
that is not beside this one. */
export function ownScript(url: URL): string {
  const own = (address: string): string => {
    const allowed = new URL(address).origin === new URL(import.meta.url).origin;
    if (!allowed) throw new TypeError("not a script of ours");
    return address;
  };
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  if (!factory) return own(url.href);
  policy ??= factory.createPolicy("prilavok", { createScriptURL: own });
  return policy.createScriptURL(url.href) as string;
}
