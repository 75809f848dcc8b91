import { expect, it } from "vitest";
import { type Client, RefusedError } from "../contract/client";
import { Session, type SignInOutcome } from "./session";

function ended(outcomes: SignInOutcome[]) {
  const sent: string[] = [];
  const passwords: string[] = [];
  let isIn = false;
  const client: Client = {
    async send<T>(_: string, url: string): Promise<T> {
      sent.push(url);
      if (!isIn) throw new RefusedError(403, { detail: "Sign in again to go on.", code: "signed-out" });
      return url as T;
    },
  };
  const session = new Session({
    client,
    async signIn(password) {
      passwords.push(password);
      const outcome = outcomes.shift() ?? { kind: "signed-in" };
      isIn = outcome.kind === "signed-in";
      return outcome;
    },
  });
  return { session, sent, passwords };
}

it("asks for the password and then repeats every request that waited", async () => {
  const { session, sent } = ended([]);
  const both = Promise.all([session.send("PUT", "/draft"), session.send("GET", "/map")]);
  await Promise.resolve();
  await Promise.resolve();
  expect(session.ended.value).toBe(true);
  await session.answer("right");
  expect(await both).toEqual(["/draft", "/map"]);
  expect(session.ended.value).toBe(false);
  expect(sent).toEqual(["/draft", "/map", "/draft", "/map"]);
});

it("says why it was not the password and goes on asking", async () => {
  const { session, passwords } = ended([{ kind: "refused", message: "This is not the password." }]);
  const waiting = session.send("PUT", "/draft");
  await Promise.resolve();
  await session.answer("wrong");
  expect(session.problem.value).toBe("This is not the password.");
  expect(session.ended.value).toBe(true);
  await session.answer("right");
  expect(await waiting).toBe("/draft");
  expect(session.problem.value).toBe("");
  expect(passwords).toEqual(["wrong", "right"]);
});

it("leaves other refusals to who asked", async () => {
  const client: Client = {
    async send() {
      throw new RefusedError(403, { detail: "Not yours.", code: "role" });
    },
  };
  const session = new Session({ client, signIn: async () => ({ kind: "signed-in" }) });
  await expect(session.send("GET", "/x")).rejects.toThrow("Not yours.");
  expect(session.ended.value).toBe(false);
});
