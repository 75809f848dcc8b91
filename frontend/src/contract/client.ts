/** JSON over same-origin HTTP with Django's CSRF token. */

import type { Refusal } from "./reader";

/** The server answered, and said no. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly body: Refusal,
  ) {
    super(body.detail);
  }
}

/** The server could not be reached, or did not answer in its own words. */
export class UnreachableError extends Error {}

export type Method = "GET" | "POST" | "PUT";

export interface Client {
  send<T>(method: Method, url: string, body?: unknown, options?: { keepalive?: boolean }): Promise<T>;
}

export function csrfToken(): string {
  const pair = document.cookie.split("; ").find((entry) => entry.startsWith("csrftoken="));
  return pair ? decodeURIComponent(pair.slice("csrftoken=".length)) : "";
}

function refusalOf(status: number, body: unknown): Refusal {
  if (typeof body === "object" && body !== null && "detail" in body && typeof body.detail === "string") {
    return body as Refusal;
  }
  return {
    detail: `The server refused the request (${status}). Reload the page; if it happens again, tell the coordinator.`,
  };
}

/** @throws RefusedError for any 4xx; UnreachableError for 5xx, network failure or a body that is no JSON. */
export async function send<T>(
  method: Method,
  url: string,
  body?: unknown,
  options: { keepalive?: boolean } = {},
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  let parsed: unknown;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      keepalive: options.keepalive ?? false,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    parsed = await response.json().catch(() => undefined);
  } catch {
    throw new UnreachableError("The server cannot be reached.");
  }
  if (response.status >= 500) throw new UnreachableError("The server has a problem.");
  if (!response.ok) throw new RefusedError(response.status, refusalOf(response.status, parsed));
  if (parsed === undefined) throw new UnreachableError("The server's answer could not be read.");
  return parsed as T;
}

export const client: Client = { send };

/** Server data handed over by Django's json_script. Throws if the page lacks it. */
export function pageData<T>(id: string): T {
  const element = document.getElementById(id);
  if (!element?.textContent) throw new Error(`The page has no data block "${id}".`);
  return JSON.parse(element.textContent) as T;
}
