/**
 * A problem that the page shows: a state, a text for the visitor, and how many seconds to wait, if
 * that is known.
 */
class Problem extends Error {
  constructor(state, text, wait) {
    super(text);
    Object.assign(this, { state, wait });
  }
}

/** The numbers of the service's errors (docs/errors.md). */
const ERRNO = {
  invalidToken: 105,
  invalidParameters: 107,
  unauthorized: 110,
  gone: 111,
  tooMany: 117,
  noDevice: 122,
  callOver: 124,
  unavailable: 201,
};

/** The longest wait for a response, which is longer than the gateway lets the service take. */
const ANSWER_PATIENCE = seconds(35);

/**
 * Sends a request to the service and returns the response. If `isOk`, `content` is the result.
 * Otherwise `errno` is the number of the error, or 0 if a server in front of the service has
 * refused the request. Fails with a Problem if there is no response, or none that can be read.
 */
async function ask(method, path, body, more) {
  const headers = { Accept: "application/json", ...more };
  if (body) headers["Content-Type"] = "application/json";
  const signal = AbortSignal.timeout?.(ANSWER_PATIENCE);
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
  } catch {
    throw new Problem("unreachable", texts.unreachable);
  }
  return answerOf(response);
}

async function answerOf(response) {
  const { ok, status, headers } = response;
  const content = status === 204 ? {} : await response.json().catch(() => {});
  const isOk = ok && content instanceof Object;
  if (ok && !isOk) throw new Problem("foreign", texts.foreign);
  const errno = (!ok && Number(content?.errno)) || 0;
  if (isOk || errno) clock.set(headers.get("Date"));
  return { isOk, content, errno, status, wait: Number.parseInt(headers.get("Retry-After")) || undefined };
}

/** Returns the content of a response. Throws a Problem if the request was refused. */
function granted(answer) {
  if (answer.isOk) return answer.content;
  throw refusal(answer);
}

/** Makes the Problem of a refusal. It is never "unreachable", since a server has responded. */
function refusal({ errno, status, wait }) {
  if (errno === ERRNO.unavailable) {
    return new Problem("unavailable", fill(texts.unavailable, { seconds: wait ?? 60 }), wait);
  }
  if (errno || status === 500) return new Problem("failed", texts.failed);
  // The gateway has a limit of its own, and responds itself when a function is not available.
  if (status === 429 || status > 500) return new Problem("busy", texts.busy, wait);
  return new Problem("foreign", texts.foreign);
}
