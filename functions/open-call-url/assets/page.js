"use strict";
(() => {
  const button = document.getElementById("call");
  const status = document.getElementById("status");
  const expires = document.getElementById("expires");
  const callee = button.dataset.callee;

  const texts = {
    calling: `Calling ${callee}…`,
    ringing: `Ringing ${callee}. Keep this page open.`,
    unreached: `${callee} could not be woken just now, but will see the call for the next minutes.`,
    unanswered: `${callee} did not answer.`,
    gone: `This link is no longer valid. Ask ${callee} for a new one.`,
    noDevice: `${callee} has no device that could ring at the moment.`,
    tooMany: (seconds) => `Too many calls are ringing ${callee}. Try again in ${seconds} seconds.`,
    unavailable: (seconds) => `The service is not available. Try again in ${seconds} seconds.`,
    unreachable: "The service could not be reached. Check your connection and try again.",
    failed: "That did not work, and it is our fault. Try again later.",
    again: `Call ${callee} again`,
  };

  expires.textContent = new Date(expires.dateTime).toLocaleString(undefined, {
    dateStyle: "long",
    timeStyle: "short",
  });

  const say = (state, text) => {
    status.dataset.state = state;
    status.textContent = text;
    document.title = text;
  };

  const mayCallAgain = () => {
    button.textContent = texts.again;
    button.disabled = false;
    button.focus();
  };

  const rang = (call) => {
    const [state, text] =
      call.notified > 0 ? ["ringing", texts.ringing] : ["unreached", texts.unreached];
    say(state, text);
    // Our clock may be wrong, but not the length of the ring.
    const seconds = call.expires_at - Math.floor(Date.now() / 1000);
    setTimeout(() => {
      say("unanswered", texts.unanswered);
      mayCallAgain();
    }, Math.min(Math.max(seconds, 1), 600) * 1000);
  };

  const refused = (response) => {
    const seconds = response.headers.get("Retry-After") ?? "60";
    switch (response.status) {
      case 404:
      case 410:
        button.hidden = true;
        return say("gone", texts.gone);
      case 409:
        say("no-device", texts.noDevice);
        return mayCallAgain();
      case 429:
        say("too-many", texts.tooMany(seconds));
        return mayCallAgain();
      case 503:
        say("unavailable", texts.unavailable(seconds));
        return mayCallAgain();
      default:
        say("failed", texts.failed);
        return mayCallAgain();
    }
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    say("calling", texts.calling);
    let response;
    let call;
    try {
      response = await fetch(location.href, {
        method: "POST",
        headers: { Accept: "application/json" },
        referrerPolicy: "no-referrer",
      });
      call = response.ok ? await response.json() : undefined;
    } catch {
      say("unreachable", texts.unreachable);
      return mayCallAgain();
    }
    return call ? rang(call) : refused(response);
  });
})();
