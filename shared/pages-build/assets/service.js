/** What is wrong, as the page says it: a state, words for the visitor, and how many seconds to wait, if that is known. */
class Problem extends Error {
  constructor(state, text, wait) {
    super(text);
    Object.assign(this, { state, wait });
  }
}

/** The service's numbers for why it refuses something (docs/errors.md). */
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

/** Longer than the service, and the gateway in front of it, may take for an answer. */
const ANSWER_PATIENCE = seconds(35);

/**
 * Asks the service. Gives its answer: `content` if it is what was asked for, which `isOk` says. Else
 * `errno` says why it refuses; 0 if it was not the service that has refused, but what stands in
 * front of it. Fails with a Problem if there is no answer, or none that can be read.
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

/** What an answer brings. Throws what there is to say if it refuses. */
function granted(answer) {
  if (answer.isOk) return answer.content;
  throw refusal(answer);
}

/** Never "unreachable": whoever refuses was reached. */
function refusal({ errno, status, wait }) {
  if (errno === ERRNO.unavailable) {
    return new Problem("unavailable", fill(texts.unavailable, { seconds: wait ?? 60 }), wait);
  }
  if (errno || status === 500) return new Problem("failed", texts.failed);
  // The gateway has a limit of its own, and answers itself when a function is not to be had.
  if (status === 429 || status > 500) return new Problem("busy", texts.busy, wait);
  return new Problem("foreign", texts.foreign);
}
