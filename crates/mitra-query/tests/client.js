// Reads the decisions of a test project with node-postgres, and compares them with what the API answered.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const { Client } = require("pg");

const COLUMNS = ["event_id", "position", "outcome", "reasons", "amount", "merchant_id", "occurred_at", "card_payments_1h"];

async function main() {
  const [host, port, path] = process.argv.slice(2);
  const expected = JSON.parse(fs.readFileSync(path, "utf8")).map((row) => ({
    ...row,
    // As node-postgres gives them: 64-bit integers as text, times as dates of milliseconds.
    position: String(row.position),
    card_payments_1h: String(row.card_payments_1h),
    occurred_at: new Date(row.occurred_at),
  }));
  const picked = expected.map((row) => Object.fromEntries(COLUMNS.map((name) => [name, row[name]])));
  const client = new Client({ host, port: Number(port), user: "analyst", database: "mitra" });
  await client.connect();
  const all = await client.query(`SELECT ${COLUMNS.join(", ")} FROM payment_risk ORDER BY position`);
  assert.deepEqual(all.rows.map((row) => ({ ...row })), picked);
  const named = {
    name: "one",
    text: `SELECT ${COLUMNS.join(", ")} FROM payment_risk WHERE event_id = $1 AND outcome = $2`,
  };
  for (const row of picked.slice(0, 5)) {
    const found = await client.query({ ...named, values: [row.event_id, row.outcome] });
    assert.deepEqual(found.rows.map((row) => ({ ...row })), [row]);
  }
  await assert.rejects(client.query("SELECT * FROM nothing"), { code: "42P01" });
  await client.end();
  console.log("node-postgres agrees");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
