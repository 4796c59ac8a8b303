// A Better-auth server whose tokens open Glossator: accounts in one SQLite file, Ed25519 keys.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";
import { SqliteDialect } from "kysely";
import Database from "libsql";

const port = Number(process.env.PORT ?? 3000);
const baseURL = process.env.BETTER_AUTH_URL ?? `http://localhost:${port}`;
const secret = process.env.BETTER_AUTH_SECRET ?? "";
if (secret.length < 32) {
  console.error("Set BETTER_AUTH_SECRET to 32 random characters or more.");
  process.exit(1);
}

const database = new Database(process.env.DATABASE ?? "auth.db");
const options = {
  baseURL,
  secret,
  database: { dialect: new SqliteDialect({ database }), type: "sqlite", transaction: true },
  // Pages of these origins may sign people in here.
  trustedOrigins: (process.env.TRUSTED_ORIGINS ?? "").split(",").filter(Boolean),
  emailAndPassword: { enabled: true, minPasswordLength: 10 },
  telemetry: { enabled: false },
  plugins: [
    jwt({
      jwks: { keyPairConfig: { alg: "EdDSA", crv: "Ed25519" } },
      jwt: {
        issuer: baseURL,
        // Glossator takes tokens for its own audience alone: not those for other services.
        audience: process.env.AUDIENCE ?? "glossator",
        expirationTime: process.env.TOKEN_LIFETIME ?? "15m",
        // Without this, all that is known of a user goes into each token.
        definePayload: ({ user }) => ({ email: user.email, name: user.name }),
      },
    }),
  ],
};

const { runMigrations } = await getMigrations(options);
await runMigrations();

const server = createServer(toNodeHandler(betterAuth(options)));
server.listen(port, "127.0.0.1", () => console.log(`Better-auth is at ${baseURL}`));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
    database.close();
  });
}
